use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Error, FnArg, Result, Signature, Visibility};

use crate::parameter::Parameter;

/// The function under the attribute.
///
/// Its body stays unparsed: it is the compiler's to judge, and an editor completes in a body that
/// is half written.
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    pub(crate) body: Group,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        read(input).map_err(|error| {
            Error::new(error.span(), "`#[netns_test]` belongs on a function with a body")
        })
    }
}

/// A plain function, not a test.
impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Function { visibility, signature, body, .. } = self;
        tokens.extend(quote!(
            #[allow(dead_code, reason = "its attribute has an error of its own")]
            #visibility #signature #body
        ));
    }
}

impl Function {
    /// Whether `#[test_case]` above the attribute made it: it moves the attribute from the function to one
    /// that calls it, `let _result = super::the_function(…);`.
    pub(crate) fn calls_a_test_case(&self) -> bool {
        let start: Vec<_> = self.body.stream().into_iter().take(7).collect();
        let words = start.iter().take(6).map(ToString::to_string).collect::<String>();
        words == "let_result=super::" && matches!(start.last(), Some(TokenTree::Ident(_)))
    }

    /// Takes away what parameters have of this attribute's own, which the compiler does not know.
    pub(crate) fn strip_parameters(&mut self) {
        for argument in &mut self.signature.inputs {
            if let FnArg::Typed(argument) = argument {
                argument.attrs.retain(|attribute| !Parameter::is_own(attribute));
            }
        }
    }
}

fn read(input: ParseStream<'_>) -> Result<Function> {
    Ok(Function {
        attributes: input.call(Attribute::parse_outer)?,
        visibility: input.parse()?,
        signature: input.parse()?,
        body: body(input)?,
    })
}

/// The group in braces, or the invisible one in which a `macro_rules!` macro passes it on.
fn body(input: ParseStream<'_>) -> Result<Group> {
    match input.parse()? {
        TokenTree::Group(body) => Ok(body),
        other => Err(Error::new(other.span(), "not a body")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proc_macro2::Delimiter;

    fn error(item: &str) -> Option<String> {
        syn::parse_str::<Function>(item).err().map(|error| error.to_string())
    }

    #[test]
    fn a_body_of_unknown_syntax_is_accepted() {
        assert_eq!(error("pub(crate) async fn t(h: Host) { #![allow(unused)] h. }"), None);
    }

    #[test]
    fn a_body_from_a_macro_is_accepted() {
        let body = Group::new(Delimiter::None, quote!({}));
        assert!(syn::parse2::<Function>(quote!(fn t() #body)).is_ok());
    }

    #[test]
    fn only_a_call_of_the_function_above_is_of_a_test_case() {
        let is = |body| syn::parse_str::<Function>(body).unwrap().calls_a_test_case();
        assert!(is("fn case() { let _result = super::a_port(7000); _result }"));
        assert!(!is("fn own() { let _result = a_port(7000); _result }"));
        assert!(!is("fn own() {}"));
    }

    #[test]
    fn other_items_are_refused() {
        let expected = "`#[netns_test]` belongs on a function with a body";
        for item in ["struct T;", "mod t {}", "fn t();", "static T: u8 = 0;"] {
            assert_eq!(error(item).as_deref(), Some(expected), "{item}");
        }
    }
}
