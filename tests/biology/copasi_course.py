"""COPASI's course of a model, called in a process of its own."""

from __future__ import annotations

import basico


def copasi_course(sbml, end):
    """Return the values of everything at each unit of time up to `end`, by SBML id."""
    basico.load_model_from_string(sbml)
    basico.set_task_settings(
        "Time-Course",
        {"method": {"Relative Tolerance": 1e-10, "Absolute Tolerance": 1e-13, "Max Internal Steps": 10**7}},
    )
    course = basico.run_time_course(duration=end, intervals=end, use_sbml_id=True)
    return {name: course[name].to_numpy() for name in course}
