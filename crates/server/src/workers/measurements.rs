//! Puts measurements in buckets of five minutes and forgets what is old: one bucket and a bounded piece in each turn. After
//! a pause of the server it goes thirty times as fast as time, until it has caught up.

use super::proof;
use crate::state::AppState;
use crate::store::db::StoreError;
use crate::store::workload_measurements;

/// One bucket, and one piece of what is old.
pub(super) async fn turn(state: &AppState) -> Result<(), StoreError> {
    let (mut tx, now) = (state.db.begin().await?, state.clock.now());
    workload_measurements::fill_next(&mut tx, &proof(), now).await?;
    workload_measurements::forget_old(&mut tx, &proof(), now).await?;
    tx.commit().await
}
