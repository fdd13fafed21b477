"""The charts of a report. Only this package imports matplotlib; it draws without pyplot and without a display."""

from reports.charts.gallery import draw

__all__ = ["draw"]
