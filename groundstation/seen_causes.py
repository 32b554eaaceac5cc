"""What the picture itself gives as a reason to close the gate or to count nobody, in one sentence each."""

from __future__ import annotations

from typing import Final

SEEN_SAYS: Final[dict[str, str]] = {
    # what is seen against what is told
    "people_too_large_for_pose": "People are larger than height and zoom allow, so it may be too sharp; mend them.",
    "people_too_small_for_pose": "People are smaller than height and zoom allow, so counts are wrong; mend them.",
    "face_in_output": "A face could be made out, so height or zoom must be wrong; mend them, 10 s without open it.",
    "face_search_late": "The search for faces in what is published is late; the machine is too slow or too busy.",
    "picture_moved_unlike_pose": "The picture moves unlike the camera's pose; mend its latency, gimbal or mount.",
    "yaw_looks_reversed": "The ground slides backwards: the yaw is reversed; mend its frame, or align the camera.",
    "yaw_looks_wrong": "The ground slides aside of the way flown: the yaw is wrong; mend its frame, or align it.",
    "camera_was_moved": "The camera points elsewhere than at first; turn it back, or survey it and start anew.",
    # what is seen at all
    "picture_black": "Nearly all of the picture is black: nobody is counted; uncap the lens or raise the exposure.",
    "picture_overexposed": "Most of the picture is blown out: nobody is counted; lower the camera's exposure.",
    "crowd_seen_flatly": "A crowd is seen too flatly: it is masked, not counted; fly higher or look more steeply.",
    "picture_palette": "The picture shows a thermal palette: nothing passes; switch the camera to white-hot or colour.",
    "detector_finds_nothing": "A detector misses people whom it must find, so nothing passes; run `make setup` anew.",
    "detector_finds_everything": "A detector finds people everywhere, so nothing passes; run `make setup` anew.",
    "picture_looks_turned": "People look turned, so nothing passes; turn the video upright, or mend the camera's roll.",
    "picture_frozen": "The picture has been the same for 10 s: nobody is counted; check the camera, start it anew.",
}
