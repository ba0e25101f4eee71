//! A field of a form: label, input, help, and what is wrong with it.

use leptos::prelude::*;
use read_models::operation::{FieldChoice, FieldKind, FormField};

/// What a field is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) help: String,
    pub(crate) value: String,
    pub(crate) kind: Kind,
    pub(crate) required: bool,
    /// For a choice: what can be chosen.
    pub(crate) choices: Vec<FieldChoice>,
    /// What is wrong with it.
    pub(crate) error: Option<String>,
    pub(crate) autocomplete: &'static str,
}

/// The kinds of fields.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Kind {
    #[default]
    Text,
    /// A line that is code.
    Code,
    Number,
    Email,
    Password,
    Flag,
    /// One of a few words.
    Choice,
}

impl Kind {
    const fn input_type(self) -> &'static str {
        match self {
            Self::Text | Self::Code | Self::Choice => "text",
            Self::Number => "number",
            Self::Email => "email",
            Self::Password => "password",
            Self::Flag => "checkbox",
        }
    }
}

/// A field of an operation's input, as its card has it.
impl From<FormField> for Field {
    fn from(given: FormField) -> Self {
        Self {
            name: format!("input.{}", given.name),
            label: given.label,
            help: given.help,
            value: given.value,
            kind: match given.kind {
                FieldKind::Text => Kind::Text,
                FieldKind::Number => Kind::Number,
                FieldKind::Flag => Kind::Flag,
                FieldKind::Choice => Kind::Choice,
            },
            choices: given.choices,
            error: given.error,
            ..Self::default()
        }
    }
}

fn options(choices: Vec<FieldChoice>, chosen: &str) -> impl IntoView + use<> {
    let option = |(index, choice): (usize, FieldChoice)| {
        // The first is chosen anyway. Said again at each refresh it would be chosen again, whatever somebody chose.
        if index > 0 && choice.value == chosen {
            view! { <option value=choice.value selected>{choice.label}</option> }.into_any()
        } else {
            view! { <option value=choice.value>{choice.label}</option> }.into_any()
        }
    };
    choices.into_iter().enumerate().map(option).collect_view()
}

/// The field. Its id is its name, so a name stands once on a page unless `scope` tells two forms apart.
#[component]
pub(crate) fn FieldRow(field: Field, #[prop(optional)] scope: String) -> impl IntoView {
    let id = format!("{scope}{}", field.name.replace('.', "-"));
    let (help_id, error_id) = (format!("{id}-help"), format!("{id}-error"));
    let described =
        [(!field.help.is_empty()).then(|| help_id.clone()), field.error.as_ref().map(|_| error_id.clone())];
    let described = described.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let help = (!field.help.is_empty()).then(|| view! { <p class="help" id=help_id>{field.help}</p> });
    let wrong = field.error.is_some();
    let error = field.error.map(|error| view! { <p class="wrong" id=error_id>{error}</p> });
    let label = view! { <label for=id.clone()>{field.label}</label> };
    if field.kind == Kind::Flag {
        let checked = field.value == "true";
        let input = view! { <input type="checkbox" id=id name=field.name value="true" checked=checked aria-describedby=described/> };
        return view! { <div class="field flag">{input} {label} {help} {error}</div> }.into_any();
    }
    if field.kind == Kind::Choice {
        let choices = options(field.choices, &field.value);
        return view! {
            <div class="field">
                {label}
                <select class="input" id=id name=field.name aria-invalid=wrong.then_some("true") aria-describedby=described>
                    {choices}
                </select>
                {help}
                {error}
            </div>
        }
        .into_any();
    }
    let autocomplete = if field.autocomplete.is_empty() { "off" } else { field.autocomplete };
    let class = if field.kind == Kind::Code { "input mono" } else { "input" };
    view! {
        <div class="field">
            {label}
            <input
                class=class
                type=field.kind.input_type()
                id=id
                name=field.name
                value=field.value
                required=field.required
                autocomplete=autocomplete
                autocapitalize="off"
                spellcheck="false"
                aria-invalid=wrong.then_some("true")
                aria-describedby=described
            />
            {help}
            {error}
        </div>
    }
    .into_any()
}
