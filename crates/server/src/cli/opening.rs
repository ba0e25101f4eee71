//! What every subcommand that touches data does first: the folder, the key, the database at this program's schema.

use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::Arc;

use super::CliError;
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::faults::Faults;
use crate::ids::SystemIds;
use crate::secret::{self, SealingKey};
use crate::state::AppState;
use crate::store::db::{DatabaseUrl, Db};
use crate::store::migrate;

/// Opens everything. A database from a newer program is refused here, before anything is changed.
pub(super) async fn open(config: Config) -> Result<AppState, CliError> {
    make_folder(&config.data)?;
    if let DatabaseUrl::Sqlite(path) = &config.database
        && let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty())
    {
        make_folder(folder)?;
    }
    let ids = Arc::new(SystemIds);
    let key_file = config.sealing_key_file.clone().unwrap_or_else(|| config.data.join(secret::FILE));
    let sealing = SealingKey::from_file(&key_file, &*ids).map_err(CliError::Key)?;
    let db = Db::connect(&config.database)
        .await
        .map_err(|source| CliError::Open { database: config.database.to_string(), source })?;
    let clock = Arc::new(SystemClock);
    migrate::run(&db, clock.now()).await.map_err(CliError::Migrate)?;
    let faults = Faults::parse(&config.faults).map_err(|fix| CliError::Option {
        name: "--fault",
        value: config.faults.join(", "),
        fix,
    })?;
    let state = AppState::open(db, clock, ids, config, sealing).await;
    let state = state.map_err(|error| CliError::Authority(Box::new(error)))?;
    Ok(AppState { faults, ..state })
}

fn make_folder(path: &Path) -> Result<(), CliError> {
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|source| CliError::Folder { path: path.to_path_buf(), source })
}
