//! What the platform is set up with.

mod calls;
mod sku;
mod skus;

pub(crate) use sku::SkuPage;
pub(crate) use skus::SkusPage;
