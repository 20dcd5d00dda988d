use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Error, Expr, ExprLit, Ident, Lit, LitStr, Meta, MetaList, Result, Token};

use crate::errors;
use crate::timeout::Timeout;

const KNOWN: &str = "the options are `timeout = \"30s\"`, `serial` and `serial(key)`";

const KEY: &str = "a key is a name or a string: `serial(table)`, `serial(\"a table\")`";

/// What stands in the parentheses of `#[netns_test(…)]`.
#[derive(Debug, Default)]
pub(crate) struct Options {
    timeout: Option<Timeout>,
    serial: Option<Vec<String>>,
}

impl Options {
    pub(crate) fn parse(tokens: TokenStream) -> Result<Options> {
        let given = Punctuated::<Meta, Token![,]>::parse_terminated
            .parse2(tokens)
            .map_err(|error| Error::new(error.span(), format!("this is no option: {KNOWN}")))?;
        let mut options = Options::default();
        errors::all(given.iter().filter_map(|option| options.set(option).err()))?;
        Ok(options)
    }

    /// The limit, where the test names one.
    pub(crate) fn timeout(&self) -> Option<&Timeout> {
        self.timeout.as_ref()
    }

    /// The keys of the locks that the test takes, in one order for all tests: two that took the
    /// same locks in opposite orders would wait for each other.
    pub(crate) fn serial(&self) -> &[String] {
        self.serial.as_deref().unwrap_or_default()
    }

    fn set(&mut self, option: &Meta) -> Result<()> {
        if option.path().is_ident("timeout") {
            fill(&mut self.timeout, option, timeout)
        } else if option.path().is_ident("serial") {
            fill(&mut self.serial, option, serial)
        } else {
            Err(Error::new_spanned(option.path(), format!("unknown option: {KNOWN}")))
        }
    }
}

fn fill<T>(slot: &mut Option<T>, option: &Meta, read: fn(&Meta) -> Result<T>) -> Result<()> {
    if slot.is_some() {
        let name = option.path().to_token_stream();
        return Err(Error::new_spanned(option, format!("`{name}` is given twice: remove one")));
    }
    *slot = Some(read(option)?);
    Ok(())
}

fn timeout(option: &Meta) -> Result<Timeout> {
    let Meta::NameValue(option) = option else {
        return Err(Error::new_spanned(option, "this option has a value: `timeout = \"30s\"`"));
    };
    let mut value = &option.value;
    // What a `macro_rules!` macro passes on stands in an invisible group.
    while let Expr::Group(group) = value {
        value = &group.expr;
    }
    let text = match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => text.value(),
        // Not a string, so not in the form.
        _ => String::new(),
    };
    Timeout::parse(&text).ok_or_else(|| Error::new_spanned(&option.value, Timeout::FORM))
}

fn serial(option: &Meta) -> Result<Vec<String>> {
    match option {
        // The key that serial_test gives a plain `#[serial]`.
        Meta::Path(_) => Ok(vec![String::new()]),
        Meta::List(list) if !list.tokens.is_empty() => keys(list),
        Meta::List(_) | Meta::NameValue(_) => Err(Error::new_spanned(
            option,
            "write `serial`, or `serial(key)` with a key of its own",
        )),
    }
}

fn keys(list: &MetaList) -> Result<Vec<String>> {
    let given = list
        .parse_args_with(Punctuated::<Key, Token![,]>::parse_terminated)
        .map_err(|error| Error::new(error.span(), KEY))?;
    let mut keys = Vec::new();
    for Key(key, span) in given {
        if keys.contains(&key) {
            return Err(Error::new(span, format!("the key `{key}` is given twice: remove one")));
        }
        keys.push(key);
    }
    keys.sort();
    Ok(keys)
}

/// The name of a lock, written as serial_test takes it.
struct Key(String, proc_macro2::Span);

impl Parse for Key {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let span = input.span();
        if input.peek(LitStr) {
            return Ok(Key(input.parse::<LitStr>()?.value(), span));
        }
        Ok(Key(input.call(Ident::parse_any)?.to_string(), span))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(options: &str) -> Options {
        Options::parse(options.parse().unwrap()).unwrap()
    }

    fn errors(options: &str) -> Vec<String> {
        let error = Options::parse(options.parse().unwrap()).unwrap_err();
        error.into_iter().map(|error| error.to_string()).collect()
    }

    #[test]
    fn without_options_there_is_no_limit_and_no_lock() {
        let options = parsed("");
        assert_eq!((options.timeout(), options.serial()), (None, &[] as &[String]));
    }

    #[test]
    fn options_stand_in_any_order() {
        for text in ["timeout = \"30s\", serial", "serial, timeout = \"30s\","] {
            let options = parsed(text);
            assert_eq!(options.timeout(), Timeout::parse("30s").as_ref());
            assert_eq!(options.serial(), [""]);
        }
    }

    #[test]
    fn keys_are_names_or_strings_and_are_sorted() {
        assert_eq!(parsed("serial(table)").serial(), ["table"]);
        assert_eq!(parsed("serial(type, \"a b\", r#fn)").serial(), ["a b", "r#fn", "type"]);
    }

    #[test]
    fn what_is_no_option_is_answered_with_the_options() {
        assert_eq!(errors("retries = 3"), [format!("unknown option: {KNOWN}")]);
        let none = format!("this is no option: {KNOWN}");
        assert_eq!(errors("\"30s\""), [none.as_str()]);
        assert_eq!(errors("timeout ="), [none.as_str()]);
    }

    #[test]
    fn an_option_has_one_form() {
        for text in ["timeout", "timeout(\"30s\")"] {
            assert_eq!(errors(text), ["this option has a value: `timeout = \"30s\"`"], "{text}");
        }
        for text in ["serial()", "serial = \"key\""] {
            let form = "write `serial`, or `serial(key)` with a key of its own";
            assert_eq!(errors(text), [form], "{text}");
        }
        for text in ["timeout = 30", "timeout = \"30\"", "timeout = b\"30s\""] {
            assert_eq!(errors(text), [Timeout::FORM], "{text}");
        }
        for text in ["serial(3)", "serial(a b)", "serial(a::b)"] {
            assert_eq!(errors(text), [KEY], "{text}");
        }
    }

    #[test]
    fn nothing_is_given_twice() {
        let twice = |name| [format!("{name} is given twice: remove one")];
        assert_eq!(errors("timeout = \"1s\", timeout = \"2s\""), twice("`timeout`"));
        assert_eq!(errors("serial, serial(key)"), twice("`serial`"));
        assert_eq!(errors("serial(a, \"a\")"), twice("the key `a`"));
    }

    #[test]
    fn all_errors_are_told_at_once() {
        assert_eq!(errors("retries = 3, timeout = \"0s\"").len(), 2);
    }
}
