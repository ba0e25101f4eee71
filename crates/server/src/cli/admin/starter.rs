//! `starter`: one project and one SKU, so that the first launch needs nothing else. What is there already stays.

use clap::Args;
use read_models::ids::{ProjectId, SkuId};

use super::super::{CliError, answer};
use super::{Act, proof, record};
use crate::state::AppState;
use crate::store::db::StoreError;
use crate::store::projects;
use crate::store::skus::{self, Placement, Sku};

/// The project's name when nobody says.
const PROJECT: &str = "starter";

#[derive(Args)]
pub(in crate::cli) struct Starter {
    /// The project's name
    #[arg(long)]
    project: Option<String>,
    /// How much memory the SKU takes, in MiB
    #[arg(long, default_value_t = 1024, value_parser = clap::value_parser!(i64).range(16..=1_048_576))]
    memory_mib: i64,
}

/// Answers with the project's id and the SKU's id.
pub(super) async fn make(state: &AppState, starter: Starter) -> Result<(), CliError> {
    if let Some(name) = starter.project.as_ref().filter(|name| !is_name(name)) {
        let fix = "write 1 to 63 letters, digits, dots or hyphens".to_owned();
        return Err(CliError::Option { name: "--project", value: name.clone(), fix });
    }
    let project = project(state, starter.project.as_deref()).await.map_err(CliError::Store)?;
    let sku = sku(state, starter.memory_mib).await.map_err(CliError::Store)?;
    answer(project.as_str())?;
    answer(sku.as_str())
}

async fn project(state: &AppState, name: Option<&str>) -> Result<ProjectId, StoreError> {
    let proof = proof();
    let found = match name {
        Some(name) => projects::find_named(&mut &state.db, &proof, name).await?,
        None => projects::page(&state.db, &proof, None, 1).await?.pop(),
    };
    if let Some(project) = found {
        return Ok(project.id);
    }
    let (id, name) = (ProjectId::from_uuid(&state.ids.uuid()), name.unwrap_or(PROJECT));
    let mut tx = state.db.begin().await?;
    projects::create(&mut tx, &proof, &id, name, state.clock.now()).await?;
    let act = Act {
        kind: "admin.create_project",
        sentence: format!("Made the project {name}."),
        project: Some(&id),
        resource: format!("project:{id}"),
    };
    record(&mut tx, state, act).await?;
    tx.commit().await?;
    Ok(id)
}

/// A slice small enough for any machine that can run an agent.
async fn sku(state: &AppState, memory_mib: i64) -> Result<SkuId, StoreError> {
    let proof = proof();
    if let Some(sku) = skus::offered(&state.db, &proof, None, 1).await?.pop() {
        return Ok(sku.id);
    }
    let sku = Sku {
        id: SkuId::from_uuid(&state.ids.uuid()),
        name: "slice-small".to_owned(),
        title: "Small slice".to_owned(),
        placement: Placement::Slice,
        cpus: 1,
        memory_bytes: memory_mib << 20,
        gpu_model: None,
        gpu_count: 0,
        price_microcents_per_hour: 0,
        created_at: state.clock.now(),
        retired_at: None,
        revision: 1,
    };
    let mut tx = state.db.begin().await?;
    skus::create(&mut tx, &proof, &sku).await?;
    let act = Act {
        kind: "admin.create_sku",
        sentence: format!("Offered the SKU {}.", sku.name),
        project: None,
        resource: format!("sku:{}", sku.id),
    };
    record(&mut tx, state, act).await?;
    tx.commit().await?;
    Ok(sku.id)
}

fn is_name(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
}
