//! Every option by its names, and what it is when nobody says. `slipway.example.toml` says what each is for; a test compares
//! the two, and both with the file's keys and the command line.

/// An option: its flag, its variable, its key in the file; empty where it has none of a kind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named {
    pub(crate) flag: &'static str,
    pub(crate) variable: &'static str,
    pub(crate) key: &'static str,
    /// What it is when nobody says, in words where it is no fixed value.
    pub(crate) default: &'static str,
}

macro_rules! options {
    ($($(#[$when:meta])? $name:ident: $flag:literal, $variable:literal, $key:literal, $default:literal;)*) => {
        $($(#[$when])? pub(crate) const $name: Named =
            Named { flag: $flag, variable: $variable, key: $key, default: $default };)*
        /// All of them, as they stand in the file.
        #[cfg(test)]
        pub(crate) const ALL: &[Named] = &[$($name),*];
    };
}

options! {
    CONFIG: "--config", "SLIPWAY_CONFIG", "", "none";
    DATA: "--data", "SLIPWAY_DATA", "data", ".slipway";
    LISTEN: "--listen", "SLIPWAY_LISTEN", "listen", "127.0.0.1:8080";
    STOP_DELAY: "", "SLIPWAY_STOP_DELAY_MS", "stop_delay_ms", "0";
    PUBLIC_URL: "--public-url", "SLIPWAY_PUBLIC_URL", "public_url", "none";
    LOG: "--log", "SLIPWAY_LOG", "log", "text";
    ASSETS: "--assets", "SLIPWAY_ASSETS", "assets", "those in the program";
    TRUSTED_PROXY: "", "SLIPWAY_TRUSTED_PROXY", "trusted_proxy", "none";
    // The file alone has these: they are read with it.
    #[cfg(test)]
    TLS_CERTIFICATE: "", "", "tls.certificate", "none";
    #[cfg(test)]
    TLS_KEY: "", "", "tls.key", "none";
    AGENTS_LISTEN: "--agents-listen", "SLIPWAY_AGENTS_LISTEN", "agents.listen", "127.0.0.1:8443";
    AGENTS_NAMES: "--agents-name", "SLIPWAY_AGENTS_NAMES", "agents.names", "none";
    HEARTBEAT: "", "SLIPWAY_HEARTBEAT_SECONDS", "agents.heartbeat_seconds", "5";
    ADMIT_SIMULATED: "--admit-simulated", "SLIPWAY_ADMIT_SIMULATED", "agents.admit_simulated", "false";
    DATABASE_URL: "--database-url", "SLIPWAY_DATABASE_URL", "database.url", "sqlite:DATA/slipway.db";
    LEASE: "", "SLIPWAY_LEASE_MS", "operations.lease_ms", "15000";
    UNDO_WINDOW: "", "SLIPWAY_UNDO_WINDOW_SECONDS", "operations.undo_window_seconds", "10";
    SEALING_KEY: "", "SLIPWAY_SEALING_KEY_FILE", "secrets.key_file", "DATA/sealing.key";
    METRICS_LISTEN: "--metrics-listen", "SLIPWAY_METRICS_LISTEN", "metrics.listen", "nowhere";
    LOG_FILTER: "", "SLIPWAY_LOG_FILTER", "", "info,sqlx=warn";
    TOKEN: "", "SLIPWAY_TOKEN", "", "none";
}
