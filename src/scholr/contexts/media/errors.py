"""What can go wrong in media."""

from scholr.kernel.errors import Conflict, Invalid, LimitReached, NotFound


class AssetNotFound(NotFound):
    code = "asset_not_found"
    message = "There is no such file."


class InvalidUpload(Invalid):
    code = "invalid_upload"
    message = "This file cannot be taken."


class UnsupportedFile(Invalid):
    """The bytes are not of a kind that is taken, whatever the file is called."""

    code = "unsupported_file"
    message = "Files of this kind are not taken."


class UploadTooLarge(LimitReached):
    """`details` holds `max_bytes`."""

    code = "upload_too_large"
    message = "The file is larger than announced, or than is allowed."


class AssetTransitionRefused(Conflict):
    """`details` holds `state` and `action`."""

    code = "asset_transition_refused"
    message = "The file cannot do that in its present state."


class NotAReadyImage(Invalid):
    code = "not_a_ready_image"
    message = "That is not an image that can be shown."


class BadSignature(NotFound):
    """The address was changed, or its time is over. Not found, so that a guess tells nothing of what is there."""

    code = "bad_signature"
    message = "This address is not valid, or not valid any more."


class NotArrived(Conflict):
    code = "upload_not_arrived"
    message = "The bytes of this file have not arrived."


class NeverArrived(NotArrived):
    """What a file's `failure` says when its upload was announced and nothing came in a day."""

    code = "upload_never_arrived"


class BadRange(Invalid):
    code = "bad_range"
    message = "That part of the file does not exist."
