use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, ReturnType, Type};

use crate::attributes::Attributes;
use crate::function::Function;
use crate::options::{Options, Runtime};
use crate::parameter::Parameter;
use crate::table::{Row, Table};

/// A function that was found to be a test, or a table of them.
pub(crate) struct Test {
    pub(crate) options: Options,
    pub(crate) attributes: Attributes,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) table: Option<Table>,
    pub(crate) function: Function,
}

impl ToTokens for Test {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match &self.table {
            None => self.alone(),
            Some(table) => self.tests_of(table),
        });
    }
}

impl Test {
    fn alone(&self) -> TokenStream {
        let Function { visibility, signature, body, .. } = &self.function;
        let attributes = self.attributes.of_the_test();
        let name = &signature.ident;
        let module = quote!(::core::module_path!());
        let run = self.run(&self.case(&module, name, name.span()), &[]);
        quote! {
            #attributes
            #[::core::prelude::v1::test]
            #visibility fn #name() {
                #signature #body
                #run
            }
        }
    }

    /// The function with a number in place of its parameters, and a module of its name with a test
    /// for each number. What the user wrote is all in the function, where names mean what they say.
    fn tests_of(&self, table: &Table) -> TokenStream {
        let Function { visibility, signature, body, .. } = &self.function;
        let name = &signature.ident;
        let number = Ident::new("number", Span::mixed_site());
        let module =
            quote!(::core::concat!(::core::module_path!(), "::", ::core::stringify!(#name)));
        let runs = table.rows.iter().enumerate().map(|(at, row)| {
            let run = self.run(&self.case(&module, &row.name(), row.span), &row.values);
            let pattern = match at + 1 == table.rows.len() {
                true => quote!(_),
                false => Literal::usize_unsuffixed(at).to_token_stream(),
            };
            quote!(#pattern => #run,)
        });
        let tests = table.rows.iter().enumerate().map(|(at, row)| self.test_of(at, row));
        let (shared, of_module) = (self.attributes.of_the_body(), self.attributes.of_the_module());
        quote! {
            #shared
            #[cfg(test)]
            #visibility fn #name(#number: usize) {
                #signature #body
                match #number {
                    #(#runs)*
                }
            }
            #of_module
            #[cfg(test)]
            mod #name {
                #(#tests)*
            }
        }
    }

    fn test_of(&self, at: usize, row: &Row) -> TokenStream {
        let attributes = self.attributes.of_a_case();
        let (function, name) = (&self.function.signature.ident, row.name());
        let at = Literal::usize_unsuffixed(at);
        quote! {
            #attributes
            #[::core::prelude::v1::test]
            fn #name() {
                super::#function(#at)
            }
        }
    }

    /// The call that runs a test whose parameters with a value get `values`.
    fn run(&self, case: &TokenStream, values: &[Expr]) -> TokenStream {
        let signature = &self.function.signature;
        let parameters = self.parameters.iter().filter_map(Parameter::description);
        let job = self.job(values);
        // The compiler reports here that the type cannot be the result of a test.
        let span = match &signature.output {
            ReturnType::Type(_, output) => output.span(),
            ReturnType::Default => signature.ident.span(),
        };
        let run =
            quote_spanned!(Span::mixed_site().located_at(span)=> ::netns_test::__private::run);
        quote!(#run(&#case, &[#(#parameters),*], #job))
    }

    fn case(&self, module: &TokenStream, name: &Ident, span: Span) -> TokenStream {
        let name = name.to_string();
        // Only tokens with the user's own span are at the line of the user's function.
        let line = quote_spanned!(span=> ::core::line!());
        let timeout = match self.options.timeout() {
            Some(timeout) => timeout.to_token_stream(),
            None => quote!(::netns_test::__private::DEFAULT_TIMEOUT),
        };
        let should_panic = self.attributes.should_panic();
        let serial = self.options.serial();
        quote! {
            ::netns_test::__private::Case {
                package: ::core::option_env!("CARGO_PKG_NAME"),
                module: #module,
                name: #name,
                file: ::core::file!(),
                line: #line,
                timeout: #timeout,
                should_panic: #should_panic,
                serial: &[#(#serial),*],
            }
        }
    }

    /// The call that runs the future of an async test on the runtime that it asks for.
    fn block_on(&self, future: &TokenStream) -> TokenStream {
        let threads = match self.options.runtime() {
            None | Some(Runtime::CurrentThread) => {
                return quote!(::netns_test::__private::block_on(#future));
            }
            Some(Runtime::MultiThread(None)) => quote!(::core::option::Option::None),
            Some(Runtime::MultiThread(Some(threads))) => {
                quote!(::core::option::Option::Some(#threads))
            }
        };
        quote!(::netns_test::__private::block_on_threads(#threads, #future))
    }

    /// The closure that makes the fixtures and runs the user's function.
    fn job(&self, values: &[Expr]) -> TokenStream {
        let signature = &self.function.signature;
        let name = &signature.ident;
        let net = Ident::new("__net", Span::mixed_site());
        let mut values = values.iter();
        let arguments = self.parameters.iter().map(|it| it.argument(&net, &mut values));
        let call = quote!(#name(#(#arguments),*));
        let call = match signature.asyncness {
            Some(_) => self.block_on(&call),
            None => call,
        };
        let unreachable = never(&signature.output)
            .then(|| quote!(#[allow(unreachable_code, reason = "the test never returns")]));
        quote!(#unreachable |#net| ::core::result::Result::Ok(#call))
    }
}

/// Whether the function is known not to return, and `Ok(…)` around its call not to be reached.
fn never(output: &ReturnType) -> bool {
    matches!(output, ReturnType::Type(_, output) if matches!(**output, Type::Never(_)))
}
