//! The HTML document around the app. Only the server renders it.

use crate::App;
use leptos::{nonce::use_nonce, prelude::*};
use leptos_meta::MetaTags;

/// The whole document. Its script carries the request's nonce, so provide that before.
pub fn shell(document: Document) -> impl IntoView {
    let files = format!("/pkg/{}", document.build);
    let theme = use_context::<Theme>().unwrap_or_default();
    let keys = use_context::<SingleKeys>().unwrap_or_default();
    // An island is brought to life by the function that is named on it.
    let start = format!(
        "import init,* as slipway from \"{files}/slipway.js\";\
         await init({{module_or_path:\"{files}/slipway_bg.wasm\"}});slipway.hydrate();\
         for(const island of document.querySelectorAll(\"leptos-island\"))slipway[island.dataset.component](island)"
    );
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme.key() data-keys=keys.key() data-build=document.build>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="stylesheet" href=format!("{files}/slipway.css")/>
                <link rel="icon" type="image/svg+xml" href="/favicon.svg"/>
                <link rel="modulepreload" href=format!("{files}/slipway.js") fetchpriority="low"/>
                <link rel="preload" href=format!("{files}/slipway_bg.wasm") r#as="fetch" r#type="application/wasm" crossorigin="anonymous" fetchpriority="low"/>
                <script type="module" nonce=use_nonce()>{start}</script>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// What the document is made for.
#[derive(Debug, Clone)]
pub struct Document {
    /// The build whose files it loads: `/pkg/<build>/…`.
    pub build: String,
}

/// Light, dark, or what the system says. The server provides it from the person's cookie.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Theme {
    /// What the system says.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// The stable word, as in the cookie `slipway-theme` and in `data-theme`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The word for people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::System => "As the system",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }

    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.key() == word)
    }
}

/// Whether keys without a modifier do anything. The server provides it from the person's cookie.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SingleKeys {
    /// They do what the map says.
    #[default]
    On,
    /// They do nothing.
    Off,
}

impl SingleKeys {
    /// The stable word, as in the cookie `slipway-keys` and in `data-keys`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
        }
    }

    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::On, Self::Off].into_iter().find(|keys| keys.key() == word)
    }
}
