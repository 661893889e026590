"""Does the client's share of the talk change from session to session? A mixed model.

Reads the tables that ``prosody tables --to TABLES`` wrote::

    python mixed_model.py TABLES

Sessions of one pair are alike, so each pair has a level of its own (a random intercept); taking
them for independent would make the interval too narrow. A session without a value is left out, and
how many were and why is said. The numbers describe these sessions; they rank nobody.
"""

import sys
from pathlib import Path

import pandas
import statsmodels.formula.api as smf


def main(tables: Path) -> None:
    """Fit the model and print what it found."""
    sessions = pandas.read_csv(tables / "sessions.csv", na_values=["NA"], keep_default_na=False)
    needed = ["talk_share_client", "session_order", "dyad_id"]
    there = sessions.dropna(subset=needed)
    pairs = there["dyad_id"].nunique()
    if pairs < 2 or len(there) < 2 * pairs + 1:
        sys.exit(
            f"too few to fit: {len(there)} sessions of {pairs} pairs; two pairs with several each"
        )
    fitted = smf.mixedlm("talk_share_client ~ session_order", there, groups=there["dyad_id"]).fit()
    slope = fitted.params["session_order"]
    low, high = fitted.conf_int().loc["session_order"]
    print(f"sessions={len(there)} left_out={len(sessions) - len(there)}")
    for code, n in sessions["talk_share_client_missing"].value_counts().items():
        print(f"left_out_because {code}={n}")
    print(f"pairs={pairs}")
    print(f"slope={slope:.4f} low={low:.4f} high={high:.4f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
