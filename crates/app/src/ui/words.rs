//! Numbers and long texts as people read them.

/// The beginning and the end of an id or a hash: `op_…c4f506`.
pub(crate) fn short(text: &str) -> String {
    let prefix = text.find('_').map_or(0, |at| at + 1);
    let tail = text.len().saturating_sub(6);
    if tail <= prefix + 4 || !text.is_ascii() {
        return text.to_owned();
    }
    let head = if prefix == 0 { &text[..4] } else { &text[..prefix] };
    format!("{head}…{}", &text[tail..])
}

/// Bytes in binary units: `220 GiB`.
pub(crate) fn bytes(bytes: u64) -> String {
    const STEP: u64 = 1024;
    let mut unit = (1, "B");
    for name in ["KiB", "MiB", "GiB", "TiB"] {
        if bytes / unit.0 < STEP {
            break;
        }
        unit = (unit.0 * STEP, name);
    }
    let tenths = bytes.saturating_mul(10) / unit.0;
    match (tenths / 10, tenths % 10) {
        (whole, 0) => format!("{whole} {}", unit.1),
        (whole, _) if whole >= 100 => format!("{whole} {}", unit.1),
        (whole, tenth) => format!("{whole}.{tenth} {}", unit.1),
    }
}

/// A price per hour: `$ 4.10 / h`.
pub(crate) fn price(microcents: i64) -> String {
    let cents = microcents / 1_000_000;
    format!("$ {}.{:02} / h", cents / 100, cents % 100)
}

/// What a price comes to when nothing stops in between: `$ 98.40 a day, $ 2952.00 in 30 days`.
pub(crate) fn estimate(microcents_per_hour: i64) -> String {
    if microcents_per_hour == 0 {
        return "It costs nothing.".to_owned();
    }
    let after = |hours: i64| {
        let cents = microcents_per_hour.saturating_mul(hours) / 1_000_000;
        format!("$ {}.{:02}", cents / 100, cents % 100)
    };
    format!("About {} a day, {} in 30 days.", after(24), after(24 * 30))
}

/// `1 slot`, `2 slots`.
pub(crate) fn count(number: usize, one: &str, more: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {more}") }
}

/// The two letters of a mark.
pub(crate) fn initials(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).take(2).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!(price(410_000_000), "$ 4.10 / h");
        assert_eq!(estimate(410_000_000), "About $ 98.40 a day, $ 2952.00 in 30 days.");
        assert_eq!(estimate(0), "It costs nothing.");
        assert_eq!(bytes(220 << 30), "220 GiB");
        assert_eq!(bytes(1536 << 20), "1.5 GiB");
        assert_eq!(bytes(12), "12 B");
        assert_eq!(count(1, "slot", "slots"), "1 slot");
    }

    #[test]
    fn long_texts_keep_their_beginning_and_end() {
        assert_eq!(short("op_0192f3a4b5c67d8e9fa0b1c2d3e4f506"), "op_…e4f506");
        assert_eq!(short("9f3c55aa11bb22cc33dd44ee"), "9f3c…dd44ee");
        assert_eq!(short("short"), "short");
    }
}
