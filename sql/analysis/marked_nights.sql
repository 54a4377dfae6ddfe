-- Which nights carry a mark, or were not published?
-- Grain: one row a night with a gate that did not pass, or without a publication.
-- Parameters: first and last, nights.
-- Late: the gates live and alarms look at a night after its publication.
SELECT
    summary.night,
    summary.state,
    summary.mode,
    summary.transactions_gate,
    summary.features_gate,
    summary.predictions_gate,
    summary.live_gate,
    summary.alarms_gate,
    summary.untold_checks,
    summary.event,
    coalesce(summary.unscored_because, summary.mode_because) AS because
FROM scoring.night_summary AS summary
WHERE summary.night BETWEEN CAST(:first AS date) AND CAST(:last AS date)
    AND (
        summary.state <> 'published'
        OR 'warned' IN (
            summary.transactions_gate, summary.features_gate, summary.predictions_gate, summary.live_gate, summary.alarms_gate
        )
        OR summary.event IS NOT NULL
    )
ORDER BY summary.night;
