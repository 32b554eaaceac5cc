"""The sentences of all points: what was found, and how to mend it; `{0}`, `{1}`, ... stand for a point's values.

A sentence without a mend is green. The French ones are in `static/words-checks-fr.js`; a test compares both.
"""

from __future__ import annotations

from typing import Final

SENTENCES: Final[dict[str, tuple[str, str]]] = {
    # the station
    "settings_fine": ("links: {0}, cameras: {1}, each with all that it needs", ""),
    "port_taken": (
        "port {0} on {1} is in use",
        "stop the other program or set another port; if it is this station, open its page /check instead",
    ),
    "mission_runs": ("runs until {0}; {1} m2, from {2} to {3} m over ground", ""),
    "mission_not_started": (
        "has not started; it starts {0}",
        "wait, or correct starts_utc; until then nothing is shown and nothing counted",
    ),
    "mission_ended": ("ended {0}", "a new mission is needed; correct ends_utc only if it is authorised for longer"),
    "mission_missing": ("there is none", "add [mission] to the settings, or give --mission FILE"),
    "mission_wrong": ("{0}", "correct the mission; until then nothing is shown and nothing counted"),
    "mission_huge": (
        "its area is {0} km2, larger than a gathering",
        "check its corners: each is [lon, lat] in degrees, and every one is a corner of the ground to be watched",
    ),
    "mission_far": (
        "vehicle {0} is {1} km from the mission's area",
        "check the area's corners: each is [lon, lat] in degrees; or this is another mission's vehicle",
    ),
    "mission_camera_far": (
        "it is {0} km from the mission's area",
        "check its latitude and longitude, and the area's corners: each is [lon, lat] in degrees",
    ),
    "disk_fine": ("{0} GB free in {1}", ""),
    "disk_full": ("{0} GB free in {1}", "free at least {2} GB; what is full loses telemetry and logs"),
    "disk_closed": ("nothing can be written in {0}: {1}", "give the station's user that folder, or name another"),
    "clock_fine": ("UTC {0}, it runs evenly", ""),
    "clock_in_step": ("UTC {0}, it runs evenly; a time service keeps it in step", ""),
    "clock_before_build": (
        "UTC {0} is before this station was made",
        "set the clock; the mission's window hangs on it",
    ),
    "clock_jumped": (
        "it was set by {0} s while this looked",
        "let one time service alone set it, and wait until it is done",
    ),
    "clock_off": (
        "the satellite time of vehicle {0} is {1} s off this clock",
        "set the clock by NTP or GPS; the mission's window hangs on it",
    ),
    "weights_fine": ("{0} detectors in place, their hashes are the pinned ones", ""),
    "weights_wrong": ("the {0} detector is missing or another file", "run `make setup` again"),
    "seal_holds": ("every part holds: {0}", ""),
    "seal_fails": (
        "{0}: {1}",
        "docs/decisions/0022-the-seal.md says what each part needs; unsealed, only counts leave",
    ),
    "seal_unknown": ("no process could be asked: {0}", "mend that first, then look again"),
    # links and vehicles
    "link_fine": ("messages: {0}, senders: {1}, turned away: {2}; not signed", ""),
    "link_signed": ("messages: {0}, senders: {1}, turned away: {2}; every one signed", ""),
    "link_broken": ("{0}", "mend the address, the cable or the other program that holds the port"),
    "link_silent": (
        "nothing has come",
        "switch the vehicle on; check that it sends to this address, and the cable or radio",
    ),
    "link_only_junk": (
        "{0} bytes came, none of them a MAVLink message",
        "check the baud rate, or which program sends to this address",
    ),
    "link_turned_away": (
        "nobody was taken in; turned away: {0}",
        "name its network under `allow`, or give both ends one `key_file`; if you do not know the sender, leave it out",
    ),
    "link_unheard": (
        "no vehicle with system id {0} has been heard",
        "check its link and its system id; heard are: {1}",
    ),
    "link_lively": ("{0} messages/s, {1} lost, the newest {2} s old", ""),
    "link_stale": ("silent for {0} s", "check the radio, the aerial and the distance"),
    "link_lossy": ("{0} of its messages are lost, at most {1} are tolerable", "check the radio; ask for fewer streams"),
    "link_twins": ("two vehicles answer to one system id", "give each vehicle its own system id"),
    "link_claimed": (
        "a second sender claims its system id and is refused",
        "find out who sends; give each vehicle its own system id",
    ),
    "rates_fine": ("all {0} messages that a position needs come often enough", ""),
    "rates_low": ("too seldom: {0}", "raise these rates at the vehicle, or take other receivers off its link"),
    "rates_refused": (
        "the vehicle refuses to send {0}",
        "update its firmware, or give what is missing in the camera file",
    ),
    "time_arrival": (
        "poses within {0} ms (round trip {1} ms); pictures by their arrival minus {2} s, within {3} ms",
        "",
    ),
    "time_rtcp": ("poses within {0} ms (round trip {1} ms); pictures by the sender's RTCP, within {2} ms", ""),
    "time_in_video": ("pictures carry their own time, within {0} ms; their pose is told with it", ""),
    "time_together": ("picture and pose turn together, within {0} ms as measured in the last minute (± {1} ms)", ""),
    "time_apart": (
        "the picture turns {0} s later than its pose (± {1} s), as measured in the last minute",
        "take {0} s off video_latency_s, then look again",
    ),
    "time_untold": (
        "no picture has told its own time yet, and no vehicle is named",
        "check that the video carries KLV or SEI; or name the vehicle by its system_id",
    ),
    "time_fixed": ("the camera stands still: no clock but the station's is needed", ""),
    "time_unanswered": (
        "the vehicle does not answer TIMESYNC, so its poses may be late by the link's delay",
        "update its firmware, or let the link pass TIMESYNC both ways",
    ),
    "time_slow": (
        "round trip {0} ms: poses may be out of time by {1} ms",
        "take load off the link; at 20 degrees/s each 50 ms turn the picture by a degree",
    ),
    "time_guessed": (
        "nothing tells how long the video takes from capture to arrival: 0 s is taken",
        "measure it with `groundstation offset` and write video_latency_s into the camera file or the settings",
    ),
    # cameras
    "gimbal_place": ("none: the camera stands still", ""),
    "gimbal_video": ("not asked: the video tells its own pose", ""),
    "gimbal_airframe": ("none: the camera is fixed to the airframe, as its file says", ""),
    "gimbal_vehicle": ("its yaw counts from the vehicle's heading (flags {0}); turn it once to try its sense", ""),
    "gimbal_vehicle_tried": ("its yaw counts from the vehicle's heading (flags {0}) and turns as its rate does", ""),
    "gimbal_earth": ("its yaw counts from true north (flags {0}); turn it once to try its sense", ""),
    "gimbal_earth_tried": ("its yaw counts from true north (flags {0}) and turns as its rate does", ""),
    "gimbal_old": ("only the message of old firmware comes: its yaw counts from the vehicle's heading", ""),
    "gimbal_none": ("no attitude of a gimbal has come", "let it send GIMBAL_DEVICE_ATTITUDE_STATUS, or give [mount]"),
    "gimbal_both": (
        "flags {0} claim the vehicle's frame and the earth's at once",
        "update the gimbal's firmware, or give [mount] where the camera is fixed",
    ),
    "gimbal_failure": ("it reports failure flags {0}", "let it find its level, or mend it; see its manual"),
    "gimbal_heading": (
        "it takes the vehicle's heading for {0} degrees, the vehicle says {1}",
        "calibrate the compass and let the gimbal take the heading from the autopilot",
    ),
    "gimbal_against": (
        "its yaw turns against its own rate",
        "update the gimbal's driver: yaw must grow clockwise, seen from above",
    ),
    "lens_fine": ("{0} x {1} px, {2} degrees wide, as the video", ""),
    "lens_scaled": ("{0} x {1} px, {2} degrees wide; the video has {3} x {4} px of the same shape", ""),
    "lens_told": (
        "the link tells {0} degrees, no distortion; good for a narrow lens",
        "",
    ),
    "lens_many": (
        "the vehicle tells several fields of view that cannot all be right",
        "calibrate: groundstation calibrate VIDEO; a camera file goes before what the link tells",
    ),
    "lens_none": ("no camera file, and the link tells no field of view", "calibrate: groundstation calibrate VIDEO"),
    "lens_shape": (
        "the camera file is for {0} x {1} px, the video has {2} x {3} px: another shape",
        "calibrate in the video's own mode, or film in the mode of the camera file",
    ),
    "lens_disagrees": (
        "the camera file is {0} degrees wide, the link tells {1}",
        "set the zoom as it was when the camera was calibrated, or calibrate again",
    ),
    "ground_fixed": ("the camera stands {0} m over the ground of its file", ""),
    "ground_level": ("home is known: the ground counts as level at home's height", ""),
    "ground_told": ("the video tells its pose: {0} m over ground", ""),
    "ground_untold": (
        "no picture has told its pose yet",
        "check that the video carries KLV or SEI with position, attitude and field of view",
    ),
    "ground_model": ("{0}: a post every {1} m, heights within {2} m ({3}); the camera is {4} m above it", ""),
    "ground_wrong": ("{0}", "mend [ground], or leave it out: then the ground counts as level at home's height"),
    "ground_refused": (
        "{0}",
        "docs/positions.md says of each cause what mends it; without [ground] the ground is level",
    ),
    "ground_none": (
        "home is not known, so heights over the ground have no foot",
        "wait for the satellite fix and let the vehicle set its home on the ground that is watched",
    ),
    "pose_fine": ("complete: {0} m over ground, the picture's middle within {1} m (9 times in 10)", ""),
    "pose_flat": ("complete: {0} m over ground; the picture's middle lies at no place that can be told", ""),
    "pose_contradicted": ("complete, but what is seen contradicts it, {0}", "{1}"),
    "pose_refused": ("none, {0}: {1}", "{2}"),
    "video_fine": ("{0} x {1} px, {2} frames/s of {3}, redacted as {4}", ""),
    "video_starting": ("its process is starting", "wait some seconds, then look again"),
    "video_waiting": ("{0}", "check its address, its player and the network; it is tried again by itself"),
    "video_stopped": ("{0}", "mend this installation, then start the station again"),
    "video_dark": ("it is open, and no picture has come", "check whether the camera sends; wait some seconds"),
    "video_slow": (
        "{0} frames/s come of {1}",
        "take load off this machine or the network, or lower the video's rate",
    ),
}
