"""Tracks are read from GPX and GeoJSON; a bad file is one clear sentence and never more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import shapely

from contracts.errors import InputError, UnreadableFileError
from gis.coords import convert
from gis.track_files import moment_of, read_track

POINT = '<trkpt lat="39.91" lon="{lon}"><ele>5</ele><time>{time}</time><extensions><time>no</time></extensions></trkpt>'
GPX = """<?xml version="1.0" encoding="UTF-8"?>
<gpx version="{version}" xmlns="http://www.topografix.com/GPX/{path}"><metadata><time>2020-01-01T00:00:00Z</time></metadata>
<wpt lat="1" lon="1"/><trk><name>晚班</name><trkseg>{points}</trkseg><trkseg><trkpt lat="39.92" lon="116.5"/></trkseg></trk></gpx>"""


def gpx(version: str = "1.1", points: str | None = None) -> str:
    points = (
        points if points is not None else POINT.format(lon="116.41", time="2026-03-04T08:00:00+08:00") + POINT.format(lon="116.42", time="2026-03-04T00:01:00Z")
    )
    return GPX.format(version=version, path=version.replace(".", "/"), points=points)


def written(folder: Path, content: str | bytes, name: str = "t.gpx") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def feature(kind: str, coordinates: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}


def collection(*features: dict[str, Any]) -> str:
    return json.dumps({"type": "FeatureCollection", "features": features})


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_gpx_gives_places_parts_and_moments(tmp_path: Path, version: str) -> None:
    track = read_track(written(tmp_path, gpx(version)))
    assert shapely.get_coordinates(track.geometry.to_numpy()).tolist() == [[116.41, 39.91], [116.42, 39.91], [116.5, 39.92]]
    assert track["part"].tolist() == [0, 0, 1]
    assert track["time"].iloc[:2].tolist() == [pd.Timestamp("2026-03-04T00:00Z"), pd.Timestamp("2026-03-04T00:01Z")]
    assert track["time"].isna().tolist() == [False, False, True]
    assert track.crs == "EPSG:4326"


def test_a_route_is_read_as_a_track(tmp_path: Path) -> None:
    text = '<gpx><rte><rtept lat="1" lon="2"/><rtept lat="1" lon="3"/></rte></gpx>'
    assert len(read_track(written(tmp_path, text))) == 2


def test_geojson_lines_give_parts_and_their_times(tmp_path: Path) -> None:
    lines = collection(
        feature("LineString", [[1, 2], [1, 3, 50]], coordTimes=["2026-03-04T00:00:00Z", 1_772_582_460]),
        feature("MultiLineString", [[[5, 5], [6, 6]], [[7, 7], [8, 8]]]),
    )
    track = read_track(written(tmp_path, lines, "t.geojson"))
    assert track["part"].tolist() == [0, 0, 1, 1, 2, 2]
    assert track["time"].iloc[1] == pd.Timestamp("2026-03-04T00:01Z")


def test_timed_points_are_put_in_order(tmp_path: Path) -> None:
    points = collection(*[feature("Point", [lon, 5], time=f"2026-03-04T00:0{minute}:00Z") for lon, minute in ((1, 2), (2, 1))], feature("Point", [9, 9]))
    assert read_track(written(tmp_path, points, "t.json")).geometry.x.tolist() == [2.0, 1.0]


def test_shifted_coordinates_are_put_right(tmp_path: Path) -> None:
    shifted = convert([[116.41, 39.91], [116.42, 39.91]], "wgs84", "gcj02").tolist()
    track = read_track(written(tmp_path, json.dumps({"type": "LineString", "coordinates": shifted}), "t.geojson"), crs="gcj02")
    assert track.geometry.x.tolist() == pytest.approx([116.41, 116.42], abs=1e-6)


BOMB = '<!DOCTYPE gpx [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><gpx><trk><trkseg>&b;</trkseg></trk></gpx>'
FOREIGN = '<!DOCTYPE gpx [<!ENTITY x SYSTEM "file:///etc/hostname">]><gpx>&x;</gpx>'


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.gpx", "", "is empty"),
        ("a.gpx", "<gpx><trk>", "damaged in line 1"),
        ("a.gpx", "PK\x03\x04", "damaged"),
        ("a.gpx", "<kml/>", "no GPX file: it begins with <kml>"),
        ("a.gpx", "<gpx/>", "no track of at least two points"),
        ("a.gpx", '<gpx><trk><trkseg><trkpt lat="1"/></trkseg></trk></gpx>', "Point 1 of a.gpx has no longitude"),
        ("a.gpx", '<gpx><rte><rtept lat="x" lon="1"/></rte></gpx>', "has no longitude"),
        ("a.gpx", '<gpx><rte><rtept lat="91" lon="1"/><rtept lat="1" lon="1"/></rte></gpx>', "no place on earth"),
        ("a.gpx", '<gpx><rte><rtept lat="nan" lon="1"/><rtept lat="1" lon="1"/></rte></gpx>', "no place on earth"),
        ("a.gpx", BOMB, "declares a document type"),
        ("a.gpx", FOREIGN, "declares a document type"),
        ("a.geojson", "{", "no GeoJSON file"),
        ("a.geojson", "[" * 100_000, "no GeoJSON file"),
        ("a.geojson", "[1]", "no GeoJSON file"),
        ("a.geojson", '{"type": "FeatureCollection"}', "no GeoJSON file"),
        ("a.geojson", '{"type": "LineString", "coordinates": [[1], [2]]}', "no GeoJSON file"),
        ("a.geojson", '{"type": "LineString", "coordinates": [["a", 1], [2, 2]]}', "no GeoJSON file"),
        ("a.geojson", '{"type": "Point", "coordinates": [1, 2]}', "no track"),
        ("a.geojson", b"\xff\xfe\x00", "no GeoJSON file"),
        ("a.txt", "1", "ends in .gpx or .geojson"),
    ],
)
def test_a_bad_file_is_one_sentence(tmp_path: Path, name: str, content: str | bytes, sentence: str) -> None:
    with pytest.raises(UnreadableFileError, match=sentence):
        read_track(written(tmp_path, content, name))


def test_a_missing_or_large_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="no file"):
        read_track(tmp_path / "none.gpx")
    with pytest.raises(UnreadableFileError, match="MB"):
        read_track(written(tmp_path, gpx() + " " * 20_000), max_mb=0.01)
    with pytest.raises(UnreadableFileError, match="more than 2 points"):
        read_track(written(tmp_path, gpx()), most_points=2)
    with pytest.raises(UnreadableFileError, match="more than 1 points"):
        read_track(written(tmp_path, '{"type": "LineString", "coordinates": [[1, 1], [2, 2]]}', "t.json"), most_points=1)


def test_an_unknown_system_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="wgs84"):
        read_track(written(tmp_path, gpx()), crs="EPSG:1")


@pytest.mark.parametrize("value", ["", "soon", None, True, 1e300, float("nan"), [1]])
def test_what_is_no_moment_is_none(value: object) -> None:
    assert moment_of(value) is None
