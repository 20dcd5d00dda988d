use quote::ToTokens;
use syn::{Error, Result, Signature};

use crate::errors;
use crate::parameter::Parameter;

/// The parameters of a function that can be a test.
pub(crate) fn parameters(signature: &Signature) -> Result<Vec<Parameter>> {
    let mut errors: Vec<_> = superfluous(signature).collect();
    let mut parameters: Vec<Parameter> = Vec::new();
    for argument in &signature.inputs {
        match Parameter::read(argument) {
            Ok(parameter) => {
                errors.extend(namesake(&parameters, &parameter));
                parameters.push(parameter);
            }
            Err(error) => errors.push(error),
        }
    }
    errors::all(errors)?;
    Ok(parameters)
}

fn superfluous(signature: &Signature) -> impl Iterator<Item = Error> {
    let Signature { constness, unsafety, abi, generics, variadic, .. } = signature;
    let parts: [(&dyn ToTokens, &str); 6] = [
        (constness, "`const`"),
        (unsafety, "`unsafe`"),
        (abi, "`extern`"),
        (generics, "the generic parameters"),
        (&generics.where_clause, "the `where` clause"),
        (variadic, "`...`"),
    ];
    parts.into_iter().filter(|(part, _)| !part.to_token_stream().is_empty()).map(|(part, name)| {
        Error::new_spanned(part, format!("a test is a plain `fn` or `async fn`: remove {name}"))
    })
}

fn namesake(earlier: &[Parameter], parameter: &Parameter) -> Option<Error> {
    let host = parameter.host();
    earlier.iter().any(|earlier| earlier.host() == host).then(|| {
        parameter
            .error(&format!("two parameters name the host `{host}` (underscores before a name do not count): give this one another name"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(signature: &str) -> Vec<String> {
        match parameters(&syn::parse_str(signature).unwrap()) {
            Ok(_) => Vec::new(),
            Err(error) => error.into_iter().map(|error| error.to_string()).collect(),
        }
    }

    #[test]
    fn plain_functions_are_accepted() {
        for signature in [
            "fn t()",
            "async fn t(a: Host, mut b: Host) -> Result",
            "fn t() -> !",
            "fn t(a: &'static Host) -> impl Termination",
        ] {
            assert_eq!(errors(signature), [] as [&str; 0], "{signature}");
        }
    }

    #[test]
    fn what_no_harness_can_call_is_refused() {
        for (signature, part) in [
            ("const fn t()", "`const`"),
            ("unsafe fn t()", "`unsafe`"),
            ("extern \"C\" fn t()", "`extern`"),
            ("fn t<T>(a: T)", "the generic parameters"),
            ("fn t<'a>(a: &'a Host)", "the generic parameters"),
            ("fn t() where u8: Copy", "the `where` clause"),
            ("fn t(a: Host, ...)", "`...`"),
        ] {
            let expected = format!("a test is a plain `fn` or `async fn`: remove {part}");
            assert_eq!(errors(signature), [expected], "{signature}");
        }
    }

    #[test]
    fn a_host_has_one_parameter() {
        let expected = "two parameters name the host `a` (underscores before a name do not count): give this one another name";
        assert_eq!(errors("fn t(a: Host, _a: Host)"), [expected]);
    }

    #[test]
    fn all_errors_are_told_at_once() {
        assert_eq!(errors("unsafe fn t<T>(_: T, (a, b): T)").len(), 4);
    }
}
