use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::Error;

use crate::attributes::{self, Attributes};
use crate::function::Function;
use crate::options::Options;
use crate::signature;
use crate::table::Table;
use crate::test::Test;

#[cfg(test)]
mod tests;

/// The tokens that `#[netns_test(options)] item` becomes.
pub(crate) fn expand(options: TokenStream, item: TokenStream) -> TokenStream {
    match syn::parse2::<Function>(item.clone()) {
        Ok(function) if function.calls_a_test_case() => {
            Error::new_spanned(&function.signature.ident, attributes::NO_TEST_CASE)
                .to_compile_error()
        }
        Ok(function) => expand_function(options, function),
        // Other code may use the item: without it, that would be an error as well.
        Err(error) => {
            let error = error.to_compile_error();
            quote!(#error #item)
        }
    }
}

fn expand_function(options: TokenStream, mut function: Function) -> TokenStream {
    let options = Options::parse(options);
    let attributes = Attributes::read(&function.attributes);
    let parameters = signature::parameters(&function.signature);
    let table = match &parameters {
        Ok(parameters) => Table::read(&function.attributes, parameters),
        Err(_) => Ok(None),
    };
    function.strip_parameters();
    match (options, attributes, parameters, table) {
        (Ok(options), Ok(_), Ok(_), Ok(_))
            if options.runtime().is_some() && function.signature.asyncness.is_none() =>
        {
            let text = "`flavor` and `worker_threads` are for async tests: this function is not \
                        async";
            let error = Error::new_spanned(function.signature.fn_token, text).to_compile_error();
            quote!(#error #function)
        }
        (Ok(options), Ok(attributes), Ok(parameters), Ok(table)) => {
            Test { options, attributes, parameters, table, function }.to_token_stream()
        }
        (options, attributes, parameters, table) => {
            // A sound function stays, or its imports would be reported as unused.
            let sound = parameters.is_ok().then_some(&function);
            let errors = [options.err(), attributes.err(), parameters.err(), table.err()];
            let errors = errors.iter().flatten().map(Error::to_compile_error);
            quote!(#(#errors)* #sound)
        }
    }
}
