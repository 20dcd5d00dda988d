use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Error, FnArg, Pat, PatType, Result, Type};

/// One fixture that the test asks for.
pub(crate) struct Parameter {
    host: String,
    kind: Type,
    pattern: Pat,
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
        Ok(Parameter {
            host: host(&argument.pat)?,
            kind: (*argument.ty).clone(),
            pattern: (*argument.pat).clone(),
        })
    }

    /// The name of the host.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// An error that points at the parameter's name.
    pub(crate) fn error(&self, message: &str) -> Error {
        Error::new_spanned(&self.pattern, message)
    }

    /// The parameter as the library is told of it.
    pub(crate) fn description(&self) -> TokenStream {
        let (host, kind) = (&self.host, &self.kind);
        quote_spanned!(self.span()=> ::netns_test::__private::Parameter::of::<#kind>(#host))
    }

    /// The argument for the parameter, taken from `net`.
    ///
    /// The type is written out so that the compiler reports one that is no fixture once: the same
    /// error at the same place as in the description.
    pub(crate) fn argument(&self, net: &Ident) -> TokenStream {
        let (host, kind) = (&self.host, &self.kind);
        quote_spanned!(self.span()=> #net.fixture::<#kind>(#host)?)
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
        Parameter::read(&syn::parse_str(argument)?).map(|parameter| parameter.host)
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
