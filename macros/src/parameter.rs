use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::ext::IdentExt;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Error, Expr, FnArg, Meta, Pat, PatType, Result, Token, Type};

/// One parameter of the function.
pub(crate) struct Parameter {
    source: Source,
    kind: Type,
    pattern: Pat,
}

/// What the argument is.
enum Source {
    /// The fixture of the host, or hosts, of this name.
    Fixture(String),
    /// A value that is written at the test.
    Value(Value),
}

/// Where a parameter that is no fixture has its value from.
pub(crate) enum Value {
    /// `#[case]`: each `#[case(…)]` of the function has one for it.
    OfCase,
    /// `#[values(…)]`: each of them in turn.
    OneOf(Vec<Expr>),
}

impl Parameter {
    pub(crate) fn read(argument: &FnArg) -> Result<Parameter> {
        let argument = match argument {
            FnArg::Typed(argument) => argument,
            FnArg::Receiver(receiver) => {
                return Err(Error::new_spanned(receiver, "a test is not a method: remove `self`"));
            }
        };
        plain(argument)?;
        let source = match value(argument)? {
            Some(value) => Source::Value(value),
            None => Source::Fixture(host(&argument.pat)?),
        };
        Ok(Parameter { source, kind: (*argument.ty).clone(), pattern: (*argument.pat).clone() })
    }

    /// Whether the attribute of a parameter is for `#[netns_test]` alone.
    pub(crate) fn is_own(attribute: &Attribute) -> bool {
        attribute.path().is_ident("case") || attribute.path().is_ident("values")
    }

    /// The name of the host, if it is a fixture.
    pub(crate) fn host(&self) -> Option<&str> {
        match &self.source {
            Source::Fixture(host) => Some(host),
            Source::Value(_) => None,
        }
    }

    /// Where it has its value from, if it is none.
    pub(crate) fn value(&self) -> Option<&Value> {
        match &self.source {
            Source::Fixture(_) => None,
            Source::Value(value) => Some(value),
        }
    }

    /// The parameter in the name of a test: its name, if it has one.
    pub(crate) fn word(&self) -> String {
        host(&self.pattern).unwrap_or_else(|_| "value".to_owned())
    }

    /// An error that points at the parameter's name.
    pub(crate) fn error(&self, message: &str) -> Error {
        Error::new_spanned(&self.pattern, message)
    }

    /// The parameter as the library is told of it, if it is a fixture.
    pub(crate) fn description(&self) -> Option<TokenStream> {
        let (host, kind) = (self.host()?, &self.kind);
        Some(quote_spanned!(self.span()=> ::netns_test::__private::Parameter::of::<#kind>(#host)))
    }

    /// The argument for the parameter: a fixture is taken from `net`, a value is the next one.
    ///
    /// The type is written out so that the compiler reports one that is no fixture once: the same
    /// error at the same place as in the description.
    pub(crate) fn argument<'a>(
        &self,
        net: &Ident,
        values: &mut impl Iterator<Item = &'a Expr>,
    ) -> TokenStream {
        match (self.host(), &self.kind) {
            (Some(host), kind) => {
                quote_spanned!(self.span()=> #net.fixture::<#kind>(#host)?)
            }
            (None, _) => values.next().to_token_stream(),
        }
    }

    /// The place of the type, with names that mean what they mean here.
    fn span(&self) -> Span {
        Span::mixed_site().located_at(self.kind.span())
    }
}

fn plain(argument: &PatType) -> Result<()> {
    if let Some(cfg) =
        argument.attrs.iter().find(|it| it.path().is_ident("cfg") || it.path().is_ident("cfg_attr"))
    {
        return Err(Error::new_spanned(
            cfg,
            "put the condition on the function: a test has one set of parameters",
        ));
    }
    match &*argument.ty {
        Type::ImplTrait(kind) => {
            Err(Error::new_spanned(kind, "name a concrete type: a test has no generic parameters"))
        }
        _ => Ok(()),
    }
}

fn value(argument: &PatType) -> Result<Option<Value>> {
    let own: Vec<_> = argument.attrs.iter().filter(|it| Parameter::is_own(it)).collect();
    match own.as_slice() {
        [] => Ok(None),
        [one] => match &one.meta {
            Meta::Path(path) if path.is_ident("case") => Ok(Some(Value::OfCase)),
            Meta::List(list) if list.path.is_ident("values") && !list.tokens.is_empty() => {
                let values =
                    list.parse_args_with(Punctuated::<Expr, Token![,]>::parse_terminated)?;
                Ok(Some(Value::OneOf(values.into_iter().collect())))
            }
            _ => Err(Error::new_spanned(
                one,
                "a parameter gets its value from `#[case]` or from `#[values(80, 443)]`",
            )),
        },
        [_, second, ..] => Err(Error::new_spanned(
            second,
            "remove this: a parameter gets its value from one place",
        )),
    }
}

fn host(pattern: &Pat) -> Result<String> {
    if let Pat::Ident(pattern) = pattern
        && pattern.subpat.is_none()
    {
        let name = pattern.ident.unraw().to_string();
        let name = name.trim_start_matches('_');
        if !name.is_empty() {
            return Ok(name.to_owned());
        }
    }
    Err(Error::new_spanned(
        pattern,
        "name this parameter: the name of the parameter is the name of the host",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(argument: &str) -> Result<String> {
        Parameter::read(&syn::parse_str(argument)?)
            .map(|parameter| parameter.host().unwrap_or_default().to_owned())
    }

    #[test]
    fn the_name_of_the_parameter_names_the_host() {
        for (argument, host) in [
            ("client: Host", "client"),
            ("mut client: Host", "client"),
            ("_client: Host", "client"),
            ("__client_2: Host", "client_2"),
            ("r#type: Host", "type"),
            ("#[allow(unused)] läufer: Host", "läufer"),
        ] {
            assert_eq!(read(argument).unwrap(), host, "{argument}");
        }
    }

    #[test]
    fn a_parameter_needs_a_name() {
        for argument in [
            "_: Host",
            "__: Host",
            "(a, b): (Host, Host)",
            "Net { a, .. }: Net",
            "a @ _: Host",
            "&a: &Host",
        ] {
            let error = read(argument).unwrap_err().to_string();
            assert!(error.starts_with("name this parameter: "), "{argument}: {error}");
        }
    }

    #[test]
    fn a_parameter_has_one_type() {
        for argument in ["self", "&self", "a: impl Copy", "#[cfg(unix)] a: Host"] {
            assert!(read(argument).is_err(), "{argument}");
        }
    }
}
