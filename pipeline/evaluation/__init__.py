"""Was it good? Figures, gates and the report; the only place that imports Great Expectations."""
