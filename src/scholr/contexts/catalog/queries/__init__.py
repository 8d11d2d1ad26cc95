"""The read side of catalog: what learners see, what authors see, and lists of both."""
