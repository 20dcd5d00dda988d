use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Error, Expr, ExprLit, Ident, Lit, LitStr, Meta, MetaList, Result, Token};

use crate::errors;
use crate::timeout::Timeout;

const KNOWN: &str = "the options are `timeout = \"30s\"`, `serial` and `serial(key)`, \
                     and of async tests `flavor = \"multi_thread\"` and `worker_threads = 2`";
const FLAVORS: &str = "a flavor is \"multi_thread\" or \"current_thread\"";

const KEY: &str = "a key is a name or a string: `serial(table)`, `serial(\"a table\")`";

/// What stands in the parentheses of `#[netns_test(…)]`.
#[derive(Debug, Default)]
pub(crate) struct Options {
    timeout: Option<Timeout>,
    serial: Option<Vec<String>>,
    multi_thread: Option<bool>,
    worker_threads: Option<usize>,
}

impl Options {
    pub(crate) fn parse(tokens: TokenStream) -> Result<Options> {
        let given = Punctuated::<Meta, Token![,]>::parse_terminated
            .parse2(tokens)
            .map_err(|error| Error::new(error.span(), format!("this is not an option: {KNOWN}")))?;
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

    /// The runtime that an async test asks for, in tokio's words; `None` if it asks for none.
    pub(crate) fn runtime(&self) -> Option<Runtime> {
        match (self.multi_thread, self.worker_threads) {
            (None, None) => None,
            (Some(false), _) => Some(Runtime::CurrentThread),
            (_, threads) => Some(Runtime::MultiThread(threads)),
        }
    }

    fn set(&mut self, option: &Meta) -> Result<()> {
        if option.path().is_ident("timeout") {
            fill(&mut self.timeout, option, timeout)
        } else if option.path().is_ident("serial") {
            demand("serial", cfg!(feature = "serial"), option)?;
            fill(&mut self.serial, option, serial)
        } else if option.path().is_ident("flavor") {
            fill(&mut self.multi_thread, option, multi_thread)
        } else if option.path().is_ident("worker_threads") {
            fill(&mut self.worker_threads, option, worker_threads)
        } else {
            Err(Error::new_spanned(option.path(), format!("unknown option: {KNOWN}")))
        }
    }
}

/// An error that names the feature, where it is switched off.
fn demand(feature: &str, is_on: bool, what: &impl ToTokens) -> Result<()> {
    if is_on {
        return Ok(());
    }
    Err(feature_missing(feature, what))
}

/// What needs the feature that is switched off: where the crate is a dependency, it is switched on.
pub(crate) fn feature_missing(feature: &str, what: &impl ToTokens) -> Error {
    let message =
        format!("this needs the feature `{feature}` of netns-test, which is switched off");
    Error::new_spanned(what, message)
}

fn fill<T>(slot: &mut Option<T>, option: &Meta, read: fn(&Meta) -> Result<T>) -> Result<()> {
    if slot.is_some() {
        let name = option.path().to_token_stream();
        return Err(Error::new_spanned(option, format!("`{name}` is given twice: remove one")));
    }
    *slot = Some(read(option)?);
    Ok(())
}

/// What an async test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Runtime {
    CurrentThread,
    /// With so many threads; as many as there are processors if none are named.
    MultiThread(Option<usize>),
}

fn multi_thread(option: &Meta) -> Result<bool> {
    match literal(option, "write `flavor = \"multi_thread\"`")? {
        Lit::Str(text) if text.value() == "multi_thread" => Ok(true),
        Lit::Str(text) if text.value() == "current_thread" => Ok(false),
        other => Err(Error::new_spanned(other, FLAVORS)),
    }
}

fn worker_threads(option: &Meta) -> Result<usize> {
    let literal = literal(option, "write `worker_threads = 2`")?;
    let number = match &literal {
        Lit::Int(number) => number.base10_parse().unwrap_or(0),
        _ => 0,
    };
    let refused = || Error::new_spanned(&literal, "a number of threads is 1 or more");
    if number > 0 { Ok(number) } else { Err(refused()) }
}

/// The literal behind the option's name; where there is none, `form` is what to write.
fn literal(option: &Meta, form: &str) -> Result<Lit> {
    match option {
        Meta::NameValue(given) => match &given.value {
            Expr::Lit(ExprLit { lit, .. }) => Ok(lit.clone()),
            other => Err(Error::new_spanned(other, form)),
        },
        _ => Err(Error::new_spanned(option, form)),
    }
}

fn timeout(option: &Meta) -> Result<Timeout> {
    let Meta::NameValue(option) = option else {
        return Err(Error::new_spanned(option, "this option needs a value: `timeout = \"30s\"`"));
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
        let none = format!("this is not an option: {KNOWN}");
        assert_eq!(errors("\"30s\""), [none.as_str()]);
        assert_eq!(errors("timeout ="), [none.as_str()]);
    }

    #[test]
    fn an_option_has_one_form() {
        for text in ["timeout", "timeout(\"30s\")"] {
            assert_eq!(errors(text), ["this option needs a value: `timeout = \"30s\"`"], "{text}");
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
    fn an_async_test_names_its_runtime_as_tokio_does() {
        let runtime = |text| parsed(text).runtime();
        assert_eq!(runtime("timeout = \"1s\""), None);
        assert_eq!(runtime("flavor = \"multi_thread\""), Some(Runtime::MultiThread(None)));
        assert_eq!(runtime("flavor = \"current_thread\""), Some(Runtime::CurrentThread));
        let four = Some(Runtime::MultiThread(Some(4)));
        assert_eq!(runtime("worker_threads = 4"), four);
        assert_eq!(runtime("flavor = \"multi_thread\", worker_threads = 4"), four);
        assert_eq!(errors("flavor = \"many\""), [FLAVORS]);
        assert_eq!(errors("worker_threads = 0"), ["a number of threads is 1 or more"]);
        assert_eq!(errors("flavor"), ["write `flavor = \"multi_thread\"`"]);
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
