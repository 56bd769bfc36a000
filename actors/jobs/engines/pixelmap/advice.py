"""What to photograph differently, for each way in which photos can fail to become a model. Pure."""

from collections.abc import Mapping, Sequence

MAX_PROBLEM = 400

HINTS: Mapping[str, str] = {
    "too_few_photos": "Add photos: three at least, a dozen or more all around the subject make a good model.",
    "size_mismatch": "Use photos of one camera at one resolution, all upright or all on their side.",
    "photo_too_small": "Use larger photos, 640 pixels wide or more; they are scaled down where that helps.",
    "disconnected_views": "Take the photos closer together: neighbours should share most of what they show.",
    "no_usable_pair": (
        "Step sideways between shots rather than turning on the spot, and have things at different distances in view."
    ),
    "too_few_tracks": "Photograph something with texture, in even light, with neighbours that share most of the view.",
    "bundle_adjustment": "Keep the subject still and the zoom fixed; give focal_35mm if the photos lost their EXIF.",
    "unreadable_photo": "Save that photo as JPEG or PNG again, or leave it out.",
}
GENERAL = "Take more photos around a subject that stays still, stepping sideways, neighbours sharing most of the view."


def hint_for(reason: str) -> str:
    """What to do about a failure that the package names by this word."""
    return HINTS.get(reason, GENERAL)


def with_names(text: str, paths: Sequence[str], names: Sequence[str]) -> str:
    """The text with the photos' own names in place of the paths under which the server keeps them, and not too long."""
    for path, name in zip(paths, names):
        text = text.replace(path, name)
    return text if len(text) <= MAX_PROBLEM else f"{text[: MAX_PROBLEM - 1]}…"
