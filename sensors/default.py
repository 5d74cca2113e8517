"""The sensors of a code location."""

import dagster as dg

from sensors.approved_boards import approved_board_sensor
from sensors.in_flight import in_flight_sensor
from sensors.plan_files import plan_file_sensor
from sensors.reference_changes import reference_change_sensor


def default_sensors() -> list[dg.SensorDefinition]:
    """Every sensor, in the order the UI lists them."""
    return [plan_file_sensor, approved_board_sensor, reference_change_sensor, in_flight_sensor]
