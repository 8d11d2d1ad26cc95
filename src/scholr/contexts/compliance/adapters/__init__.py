"""Checkpoints as files: in the object store, where they are written, and in a folder that an auditor keeps."""
