//! What a browser says it is, in the words people use.

/// `Firefox on Linux`; what is no browser we know, as it calls itself, cut short.
pub fn words(user_agent: &str) -> String {
    let named = |names: &[(&str, &'static str)]| {
        names.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, word)| *word)
    };
    // Each also carries the marks of those after it.
    let browser = named(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("HeadlessChrome/", "Chrome without a window"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = named(&[
        ("Android", "Android"),
        ("iPhone", "an iPhone"),
        ("iPad", "an iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, _) if user_agent.trim().is_empty() => "an unknown browser".to_owned(),
        (None, _) => user_agent.chars().filter(|letter| !letter.is_control()).take(60).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn browsers_are_called_by_their_names_and_others_as_they_call_themselves() {
        let chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36";
        assert_eq!(words(chrome), "Chrome on Linux");
        assert_eq!(words(&format!("{chrome} Edg/130.0")), "Edge on Linux");
        assert_eq!(
            words("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_0) Version/17 Safari/605"),
            "Safari on macOS"
        );
        assert_eq!(words("curl/8.5.0"), "curl/8.5.0");
        assert_eq!(words(""), "an unknown browser");
        assert_eq!(words(&"x".repeat(300)).len(), 60);
    }
}
