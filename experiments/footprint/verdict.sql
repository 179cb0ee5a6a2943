CREATE OR REPLACE VIEW verdict AS SELECT 'C7' AS claim, '' AS scope, 'not tested' AS verdict, 'real' AS basis, 'x' AS summary, 0 AS trials;
CREATE OR REPLACE VIEW evidence AS SELECT 'C7' AS claim, '' AS scope, '' AS trial_id WHERE false;
