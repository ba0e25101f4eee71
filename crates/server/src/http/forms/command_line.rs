//! One typed line as the words of a command: split at spaces, with quotes as in a shell. No shell ever runs it, so nothing
//! else means anything: no variables, no pipes, no `*`.

use std::iter::Peekable;
use std::str::Chars;

/// The words, or the sentence that says what is not whole.
///
/// In single quotes everything stands for itself. In double quotes a backslash before `"` or `\` takes its meaning away;
/// outside of quotes it does so before anything.
pub(super) fn words(line: &str) -> Result<Vec<String>, String> {
    let (mut words, mut letters) = (Vec::new(), line.chars().peekable());
    loop {
        while letters.next_if(|letter| letter.is_whitespace()).is_some() {}
        if letters.peek().is_none() {
            return Ok(words);
        }
        words.push(word(&mut letters)?);
    }
}

fn word(letters: &mut Peekable<Chars<'_>>) -> Result<String, String> {
    let mut word = String::new();
    while let Some(letter) = letters.next_if(|letter| !letter.is_whitespace()) {
        match letter {
            '\'' => loop {
                match letters.next() {
                    Some('\'') => break,
                    Some(inside) => word.push(inside),
                    None => return Err(unclosed('\'')),
                }
            },
            '"' => loop {
                match letters.next() {
                    Some('"') => break,
                    Some('\\') => match letters.next() {
                        Some(meant @ ('"' | '\\')) => word.push(meant),
                        Some(other) => word.extend(['\\', other]),
                        None => return Err(unclosed('"')),
                    },
                    Some(inside) => word.push(inside),
                    None => return Err(unclosed('"')),
                }
            },
            '\\' => match letters.next() {
                Some(meant) => word.push(meant),
                None => {
                    return Err(
                        "A `\\` at the end stands before nothing. Write `\\\\` for a backslash.".to_owned()
                    );
                }
            },
            plain => word.push(plain),
        }
    }
    Ok(word)
}

fn unclosed(quote: char) -> String {
    format!(
        "A quote {quote} is not closed. Write a second {quote} where it ends, or \\{quote} for the character itself."
    )
}

#[cfg(test)]
mod tests {
    use super::words;

    fn split(line: &str) -> Vec<String> {
        words(line).unwrap()
    }

    #[test]
    fn words_end_at_spaces_and_quotes_keep_spaces() {
        assert_eq!(split("  python3 -m\thttp.server  8000 "), ["python3", "-m", "http.server", "8000"]);
        assert_eq!(split(r#"echo "a b" 'c d' e\ f"#), ["echo", "a b", "c d", "e f"]);
        assert_eq!(split(r#"a"b"'c'd"#), ["abcd"]);
        assert_eq!(split(r#"'' """#), ["", ""]);
        assert_eq!(split(""), Vec::<String>::new());
    }

    #[test]
    fn a_backslash_means_what_it_means_in_a_shell() {
        assert_eq!(split(r#""say \"hi\" \n" '\n' \' \\"#), [r#"say "hi" \n"#, r"\n", "'", r"\"]);
    }

    #[test]
    fn nothing_else_means_anything() {
        assert_eq!(
            split("a | b && $HOME `x` $(y) * ; # > f"),
            ["a", "|", "b", "&&", "$HOME", "`x`", "$(y)", "*", ";", "#", ">", "f"]
        );
    }

    #[test]
    fn what_is_not_whole_is_told_with_a_sentence() {
        for (line, quote) in [("say 'hi", "'"), ("say \"hi", "\""), ("say \"hi\\", "\"")] {
            assert!(words(line).unwrap_err().contains(&format!("A quote {quote} is not closed")), "{line}");
        }
        assert!(words("ends\\").unwrap_err().contains("backslash"));
    }
}
