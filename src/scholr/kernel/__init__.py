"""The words that every context shares: ids, time, money, actors, errors, events, pages. Standard library only."""
