"""The bias that agrees best with tie points: weighted least squares over three angles. Pure, over numpy arrays.

A sight's miss is how far the clicked ray, with the bias taken off, passes by the place that was clicked: two small
angles across the line of sight. Their covariance holds

- each click, in the picture and on the map;
- the position's own error, the same for sights of one minute and fading over `DRIFTS_S`: it is not solved for, but what
  it can explain weighs little, so that a receiver that is off does not leak into the angles;
- what the attitude drifts about its mean between the sights: the mean itself is the bias that is sought.

Gauss-Newton from the best of yaws all around, so that a yaw written the wrong way round is found like any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from maps.alignment.points import CLICK_M, HEIGHT_M, Sights
from maps.camera import BoolArray, FloatArray

WIDE: Final = np.radians([60.0, 10.0, 10.0])
"""Yaw, pitch, roll, in this order everywhere: what is thought of a bias before any point is seen, one standard
deviation. So wide that it decides nothing which the points tell."""
DRIFTS_S: Final = 60.0
"""Over which time errors of position and attitude fade into other ones."""
STARTS: Final = 24
"""Yaws all around, of which the best one begins the search."""
STEPS: Final = 30
STEP_RAD: Final = 1e-5
"""For slopes by central differences."""
SETTLED_RAD: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fit:
    """The best agreement of one set of sights."""

    bias_rad: FloatArray
    """(3,) reported minus true; 0 about an axis that was not free."""
    covariance: FloatArray
    """(3, 3) of it, rad^2; rows and columns of an axis that was not free hold what it is taken to be off by."""
    misfit: float
    """Squared misses in units of their expected size, of the sights and of the thought before; chi-squared with
    `freedom`."""
    freedom: int
    """Two a sight minus free axes."""
    relief: FloatArray
    """(n,), by how much the misfit would fall without each sight."""
    is_sound: bool
    """Whether every sight looks towards its place and not away from it."""

    @property
    def sigma_rad(self) -> FloatArray:
        """One standard deviation of each angle, (3,)."""
        sigma: FloatArray = np.sqrt(np.diag(self.covariance))
        return sigma


def fitted(sights: Sights, free: tuple[bool, bool, bool] = (True, True, True)) -> Fit:
    """Return the best bias; axes that are not free stay 0, and their stated sigma counts as an error of every sight."""
    starts = [np.array([yaw, 0.0, 0.0]) for yaw in np.arange(STARTS if free[0] else 1) * (2 * np.pi / STARTS)]
    best = max(starts, key=lambda start: float(_facing(sights, start).sum()))
    return _descended(sights, best, np.array(free))


def _descended(sights: Sights, bias: FloatArray, free: BoolArray) -> Fit:
    """Return where Gauss-Newton ends that begins at a bias."""
    prior = np.diag(1 / WIDE[free] ** 2)
    for _ in range(STEPS):
        miss, slopes = misses(sights, bias), _slopes(sights, bias)
        weight = np.asarray(np.linalg.inv(_covariance(sights, slopes, free)), np.float64)
        normal = slopes[:, free].T @ weight @ slopes[:, free] + prior
        away = _wrapped(bias)[free]
        step = np.linalg.solve(normal, -(slopes[:, free].T @ weight @ miss) - prior @ away)
        bias = bias.copy()
        bias[free] += np.clip(step, -0.3, 0.3)
        if np.abs(step).max() < SETTLED_RAD:
            break
    away = _wrapped(bias)[free]
    return Fit(
        bias_rad=_wrapped(bias),
        covariance=_whole(np.asarray(np.linalg.inv(normal), np.float64), sights, free),
        misfit=float(miss @ weight @ miss + away @ prior @ away),
        freedom=2 * len(sights) - int(free.sum()),
        relief=_relief(miss, slopes[:, free], weight, normal),
        is_sound=bool((_facing(sights, bias) > 0.5).all()),
    )


def looked(sights: Sights, bias_rad: FloatArray) -> FloatArray:
    """Return where each clicked ray truly points with a bias taken off the reported attitude, ENU (n, 3)."""
    yaw, pitch, roll = bias_rad
    in_reported = sights.rays @ _true_from_reported(pitch, roll)
    enu = np.einsum("ni,nij->nj", in_reported, sights.axes)
    east = np.cos(yaw) * enu[:, 0] - np.sin(yaw) * enu[:, 1]
    north = np.sin(yaw) * enu[:, 0] + np.cos(yaw) * enu[:, 1]
    return np.stack([east, north, enu[:, 2]], axis=1)


def _true_from_reported(pitch: float, roll: float) -> FloatArray:
    """Return what turns a vector of the reported camera's frame (right, down, axis) into the true one's."""
    lift = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    bank = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    turned: FloatArray = lift @ bank
    return turned


def misses(sights: Sights, bias_rad: FloatArray) -> FloatArray:
    """Return by how much each ray passes its place, (2 n,) in radians: across and up the line of sight, in turn."""
    miss: FloatArray = np.einsum("nki,ni->nk", _across(sights), looked(sights, bias_rad)).ravel()
    return miss


def _facing(sights: Sights, bias_rad: FloatArray) -> FloatArray:
    facing: FloatArray = np.einsum("ni,ni->n", looked(sights, bias_rad), sights.towards)
    return facing


def _across(sights: Sights) -> FloatArray:
    """Return two unit vectors across each line of sight, (n, 2, 3): a level one, and the other."""
    east, north, up = sights.towards.T
    level = np.stack([north, -east, np.zeros_like(up)], axis=1)
    length = np.linalg.norm(level, axis=1)
    level[length < 1e-9] = 1.0, 0.0, 0.0
    level /= np.linalg.norm(level, axis=1)[:, None]
    return np.stack([level, np.cross(level, sights.towards)], axis=1)


def _slopes(sights: Sights, bias: FloatArray) -> FloatArray:
    """Return how the misses move with each angle, (2 n, 3)."""
    steps = STEP_RAD * np.eye(3)
    columns = [(misses(sights, bias + step) - misses(sights, bias - step)) / (2 * STEP_RAD) for step in steps]
    return np.stack(columns, axis=1)


def _covariance(sights: Sights, slopes: FloatArray, free: BoolArray) -> FloatArray:
    """Return the covariance of all misses, (2 n, 2 n) in rad^2."""
    count, per_m = len(sights), _across(sights) / sights.range_m[:, None, None]
    alike = np.exp(-np.abs(sights.utc_s[:, None] - sights.utc_s[None]) / DRIFTS_S)
    mean = np.eye(count) - 1 / count
    place = (per_m * sights.place_m[:, None]).reshape(2 * count, 3)
    drift = slopes * np.repeat(sights.drift_rad, 2, axis=0)
    fixed = slopes * np.repeat(sights.stated_rad, 2, axis=0) * ~free
    total: FloatArray = place @ place.T * _of_pairs(alike) + fixed @ fixed.T
    total += drift @ drift.T * _of_pairs(mean @ alike @ mean)
    clicks = np.einsum("nki,i,nli->nkl", per_m, np.array([CLICK_M, CLICK_M, HEIGHT_M]) ** 2, per_m)
    clicks += sights.click_rad[:, None, None] ** 2 * np.eye(2)
    for at, block in enumerate(clicks):
        total[2 * at : 2 * at + 2, 2 * at : 2 * at + 2] += block
    return total


def _of_pairs(alike: FloatArray) -> FloatArray:
    """Return a matrix of sights (n, n) as one of their misses (2 n, 2 n)."""
    return np.repeat(np.repeat(alike, 2, axis=0), 2, axis=1)


def _relief(miss: FloatArray, slopes: FloatArray, weight: FloatArray, normal: FloatArray) -> FloatArray:
    """Return by how much the misfit would fall without each sight, (n,).

    To first order, e_i' Q_ii^-1 e_i with e = W r and Q = W - W J N^-1 J' W: what a sight misses by, as seen from a fit
    to all others (Baarda's test of single observations, 1968, for pairs of them).
    """
    along = weight @ slopes
    left = weight - along @ np.linalg.solve(normal, along.T)
    pulled = (weight @ miss).reshape(-1, 2)
    blocks = [left[2 * at : 2 * at + 2, 2 * at : 2 * at + 2] for at in range(len(pulled))]
    return np.array([float(e @ np.linalg.lstsq(block, e)[0]) for e, block in zip(pulled, blocks, strict=True)])


def _wrapped(bias: FloatArray) -> FloatArray:
    """Return the bias with its yaw within half a turn."""
    wrapped = bias.copy()
    wrapped[0] = (wrapped[0] + np.pi) % (2 * np.pi) - np.pi
    return wrapped


def _whole(covariance: FloatArray, sights: Sights, free: BoolArray) -> FloatArray:
    whole: FloatArray = np.diag(sights.stated_rad.max(axis=0) ** 2)
    whole[np.ix_(free, free)] = covariance
    return whole
