"""The strategies that come with simrun, one file each."""

from collections.abc import Mapping

BUILTINS: Mapping[str, str] = {
    "contact_cadence": "strategies.contact_cadence:ContactCadence",
    "reward": "strategies.reward:Reward",
    "low_friction_reward": "strategies.reward:LowFrictionReward",
    "high_friction_reward": "strategies.reward:HighFrictionReward",
    "mvp_first": "strategies.mvp_first:MvpFirst",
    "scale_first": "strategies.mvp_first:ScaleFirst",
}
"""The name that a scenario uses -> where its class is. Only text, so that listing names loads no strategy."""
