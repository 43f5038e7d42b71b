"""How Hypothesis generates here: from an explicit seed, with no data base, no deadline, and nothing printed."""

from hypothesis import HealthCheck, Phase, settings

GENERATE_ONLY = (Phase.generate,)
"""The reduction is ours: 1-minimal over calls, holds, answers and faults (script.py)."""

GENERATE_AND_SHRINK = (Phase.generate, Phase.shrink)


def generating(examples: int, *, phases: tuple[Phase, ...] = GENERATE_ONLY, steps: int = 50) -> settings:
    """The settings for that many examples; `steps` is the longest run of a state machine."""
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        derandomize=False,
        print_blob=False,
        phases=phases,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
