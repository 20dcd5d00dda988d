use proc_macro2::{Ident, Span};
use quote::{ToTokens, format_ident};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Error, Expr, Meta, Path, Result, Token};

use crate::errors;
use crate::parameter::{Parameter, Value};

/// The tests that one function makes: each with a name and values of its own.
pub(crate) struct Table {
    pub(crate) rows: Vec<Row>,
}

/// One test of a table.
pub(crate) struct Row {
    name: String,
    /// Where it is written.
    pub(crate) span: Span,
    /// What its parameters with a value get, in the order of the parameters.
    pub(crate) values: Vec<Expr>,
}

impl Table {
    /// Whether the attribute is one of a table's.
    pub(crate) fn is_case(attribute: &Attribute) -> bool {
        is_case(attribute.path())
    }

    /// The table that a function with these attributes and parameters makes, if it makes one.
    pub(crate) fn read(
        attributes: &[Attribute],
        parameters: &[Parameter],
    ) -> Result<Option<Table>> {
        let cases = attributes.iter().filter(|it| Self::is_case(it));
        let cases: Vec<_> = errors::each(cases.enumerate().map(|(at, it)| Case::read(at + 1, it)))?;
        let values: Vec<&Value> = parameters.iter().filter_map(Parameter::value).collect();
        demand_cases(&cases, parameters)?;
        errors::all(cases.iter().filter_map(|case| case.fits(&values).err()))?;
        if values.is_empty() {
            return Ok(None);
        }
        let rows = match cases.as_slice() {
            [] => vec![Row { name: String::new(), span: Span::call_site(), values: Vec::new() }],
            cases => cases.iter().map(Case::row).collect(),
        };
        let rows = with_values(rows, parameters);
        errors::all(namesakes(&rows))?;
        Ok(Some(Table { rows }))
    }
}

/// `#[case(values)]` or `#[case::name(values)]`.
struct Case {
    name: Ident,
    values: Vec<Expr>,
    attribute: Attribute,
}

impl Case {
    fn read(number: usize, attribute: &Attribute) -> Result<Case> {
        let name = match attribute.path().segments.get(1) {
            Some(name) => name.ident.clone(),
            None => format_ident!("case_{number}", span = attribute.span()),
        };
        let form = "write a case with its values: `#[case(7000)]`, or `#[case::name(7000)]`";
        let Meta::List(list) = &attribute.meta else {
            return Err(Error::new_spanned(attribute, form));
        };
        let values = list.parse_args_with(Punctuated::<Expr, Token![,]>::parse_terminated)?;
        Ok(Case { name, values: values.into_iter().collect(), attribute: attribute.clone() })
    }

    fn fits(&self, values: &[&Value]) -> Result<()> {
        let wanted = values.iter().filter(|value| matches!(value, Value::OfCase)).count();
        if self.values.len() == wanted {
            return Ok(());
        }
        let given = counted(self.values.len(), "value");
        let wanted = counted(wanted, "parameter");
        let message = format!("this case has {given}, and the function {wanted} with `#[case]`");
        Err(Error::new_spanned(&self.attribute, message))
    }

    fn row(&self) -> Row {
        let span = self.attribute.span();
        Row { name: self.name.to_string(), span, values: self.values.clone() }
    }
}

fn is_case(path: &Path) -> bool {
    path.segments.len() <= 2 && path.segments.first().is_some_and(|it| it.ident == "case")
}

fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

fn demand_cases(cases: &[Case], parameters: &[Parameter]) -> Result<()> {
    let marked = parameters.iter().find(|it| matches!(it.value(), Some(Value::OfCase)));
    match marked {
        Some(parameter) if cases.is_empty() => {
            let message = "this parameter has no value: add `#[case(value)]` to the function, below \
                           `#[netns_test]`";
            Err(parameter.error(message))
        }
        _ => Ok(()),
    }
}

/// Each row once for every combination of the values that parameters name themselves.
fn with_values(rows: Vec<Row>, parameters: &[Parameter]) -> Vec<Row> {
    let rows = rows.into_iter().map(|row| {
        let of_case = row.values.into_iter();
        (Row { values: Vec::new(), ..row }, of_case)
    });
    rows.flat_map(|(row, mut of_case)| {
        let valued = parameters.iter().filter_map(|it| Some((it, it.value()?)));
        valued.fold(vec![row], |rows, (parameter, value)| match value {
            Value::OfCase => {
                let value = of_case.next();
                rows.into_iter().map(|row| row.with(value.clone())).collect()
            }
            Value::OneOf(values) => one_of(&rows, parameter, values),
        })
    })
    .collect()
}

fn one_of(rows: &[Row], parameter: &Parameter, values: &[Expr]) -> Vec<Row> {
    let words = words(values);
    let extended = rows.iter().flat_map(|row| {
        values.iter().zip(&words).map(move |(value, word)| {
            let own = format!("{}_{word}", parameter.word());
            let (name, span) = match row.name.as_str() {
                "" => (own, value.span()),
                name => (format!("{name}_{own}"), row.span),
            };
            Row { name, span, values: row.values.clone() }.with(Some(value.clone()))
        })
    });
    extended.collect()
}

impl Row {
    /// The name of the test's function.
    pub(crate) fn name(&self) -> Ident {
        format_ident!("{}", self.name, span = self.span)
    }

    fn with(mut self, value: Option<Expr>) -> Row {
        self.values.extend(value);
        self
    }
}

/// What tells the values apart in a name: what they say themselves, where that is short and differs,
/// else their number.
fn words(values: &[Expr]) -> Vec<String> {
    let words: Vec<_> = values.iter().map(word).collect();
    let speaking = words
        .iter()
        .enumerate()
        .all(|(at, word)| (1..=24).contains(&word.chars().count()) && !words[..at].contains(word));
    match speaking {
        true => words,
        false => (1..=values.len()).map(|number| number.to_string()).collect(),
    }
}

/// `"10.0.0.1"` is `10_0_0_1`, `Duration::from_secs(2)` is `Duration_from_secs_2`.
fn word(value: &Expr) -> String {
    let text = value.to_token_stream().to_string();
    let parts = text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("_")
}

fn namesakes(rows: &[Row]) -> Vec<Error> {
    let second = |(at, row): (usize, &Row)| {
        let earlier = rows[..at].iter().any(|earlier| earlier.name == row.name);
        let message = format!("two cases are called `{}`: give this one another name", row.name);
        earlier.then(|| Error::new(row.span, message))
    };
    rows.iter().enumerate().filter_map(second).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature;
    use syn::ItemFn;

    fn rows(item: &str) -> Result<Vec<String>> {
        let function: ItemFn = syn::parse_str(item)?;
        let parameters = signature::parameters(&function.sig)?;
        let table = Table::read(&function.attrs, &parameters)?;
        let row = |row: Row| {
            let values: Vec<_> =
                row.values.iter().map(|it| it.to_token_stream().to_string()).collect();
            format!("{}: {}", row.name, values.join(", "))
        };
        Ok(table.map(|table| table.rows.into_iter().map(row).collect()).unwrap_or_default())
    }

    fn error(item: &str) -> String {
        rows(item).unwrap_err().to_string()
    }

    #[test]
    fn a_function_without_values_makes_no_table() {
        assert_eq!(rows("fn t(a: Host) {}").unwrap(), [] as [&str; 0]);
    }

    #[test]
    fn cases_have_their_names_or_numbers() {
        let item = "#[case(1, \"x\")] #[case::http(80, \"y\")] #[case(2, \"z\")]
                    fn t(#[case] a: u16, host: Host, #[case] b: &str) {}";
        assert_eq!(
            rows(item).unwrap(),
            ["case_1: 1, \"x\"", "http: 80, \"y\"", "case_3: 2, \"z\""]
        );
    }

    #[test]
    fn values_are_combined_and_name_their_tests() {
        let item = "fn t(#[values(1, 2)] a: u8, #[values(\"10.0.0.1\", X)] b: &str) {}";
        assert_eq!(
            rows(item).unwrap(),
            [
                "a_1_b_10_0_0_1: 1, \"10.0.0.1\"",
                "a_1_b_X: 1, X",
                "a_2_b_10_0_0_1: 2, \"10.0.0.1\"",
                "a_2_b_X: 2, X"
            ]
        );
    }

    #[test]
    fn values_are_numbered_where_their_words_do_not_tell_them_apart() {
        for values in ["-1, 1", "\"+\", \"-\"", "a_name_that_nobody_wants_to_read, 1"] {
            let item = format!("fn t(#[values({values})] a: X) {{}}");
            let rows = rows(&item).unwrap();
            assert!(rows[0].starts_with("a_1: ") && rows[1].starts_with("a_2: "), "{rows:?}");
        }
    }

    #[test]
    fn each_case_meets_each_value() {
        let item = "#[case::one(1)] #[case::two(2)] fn t(#[values(true, false)] a: bool, #[case] b: u8) {}";
        assert_eq!(
            rows(item).unwrap(),
            [
                "one_a_true: true, 1",
                "one_a_false: false, 1",
                "two_a_true: true, 2",
                "two_a_false: false, 2"
            ]
        );
    }

    #[test]
    fn a_case_has_a_value_for_each_parameter_that_waits_for_one() {
        assert_eq!(
            error("#[case(1)] fn t(#[case] a: u8, #[case] b: u8) {}"),
            "this case has 1 value, and the function 2 parameters with `#[case]`"
        );
        assert_eq!(
            error("#[case(1)] fn t(a: Host) {}"),
            "this case has 1 value, and the function 0 parameters with `#[case]`"
        );
        assert!(error("fn t(#[case] a: u8) {}").starts_with("this parameter has no value: "));
        assert!(
            error("#[case] fn t(#[case] a: u8) {}").starts_with("write a case with its values")
        );
    }

    #[test]
    fn two_cases_have_two_names() {
        let item = "#[case::a(1)] #[case::a(2)] fn t(#[case] b: u8) {}";
        assert_eq!(error(item), "two cases are called `a`: give this one another name");
    }
}
