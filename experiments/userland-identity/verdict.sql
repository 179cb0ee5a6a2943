CREATE VIEW userland_label AS SELECT '' AS label, 1 AS nr WHERE false;
CREATE VIEW common AS SELECT 1 AS a, 1 AS b, 1.0 AS share_content WHERE false;
CREATE VIEW verdict AS SELECT 'C2' AS claim, '' AS scope, 'not tested' AS verdict, 'real' AS basis, 'x' AS summary, 0 AS trials;
CREATE VIEW evidence AS SELECT 'C2' AS claim, '' AS scope, trial_id FROM trial WHERE false;
