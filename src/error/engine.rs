//! Why an engine did not compute what it was asked for.

/// What an engine, or the way to it, did. The clauses go on from `the engine at sc://host:15002`.
///
/// `reason` and `sentence` are the system's or the server's own words: one line, harmless on a terminal, without the token.
#[expect(missing_docs, reason = "the message of a variant says what its fields are")]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EngineFailure {
    /// A token that anybody on the way could read.
    #[error(
        "is on another machine, and a token would go there unencrypted; leave use_ssl=false out of the address, or the token"
    )]
    TokenUnencrypted,

    /// Nothing answers there, or nothing that speaks Spark Connect.
    #[error("cannot be reached: {reason}; start it, or correct the address")]
    Unreachable { reason: String },

    /// It may be somebody else's server.
    #[error(
        "shows a certificate that is not trusted: {reason}; correct the address, or trust the authority of its certificate"
    )]
    Untrusted { reason: String },

    /// The server does not know the token.
    #[error(
        "refused the token: {sentence}; renew it in the address (token=…) or in the environment's USAGEBOOK_ENGINE_TOKEN"
    )]
    TokenRefused { sentence: String },

    /// The server asks for a token, and there was none.
    #[error(
        "needs a token: {sentence}; give it in the address (token=…) or in the environment's USAGEBOOK_ENGINE_TOKEN"
    )]
    TokenMissing { sentence: String },

    /// A file or folder that the engine's machines do not have at that path.
    #[error(
        "does not see a path: {sentence}; put the files where all its machines see them, or map the path to theirs"
    )]
    PathUnseen { sentence: String },

    /// A function or a part of the language that the engine lacks.
    #[error(
        "lacks something that the statements use: {sentence}; use Apache Spark 4 or Sail 0.7.2, or newer"
    )]
    Lacking { sentence: String },

    /// Everything else that an engine says about a statement.
    #[error("refused a statement: {sentence}")]
    Refused { sentence: String },

    /// It answered, and then no more; or it is another process by now, which knows nothing of the session.
    #[error("was lost half-way: {reason}; ask again when it runs")]
    Lost { reason: String },

    /// Rows are missing, or there are more than there should be.
    #[error("announced {announced} rows and sent {received}; ask again")]
    RowsDiffer { announced: u64, received: u64 },

    /// Its answer cannot be understood.
    #[error("sent an answer that cannot be used: {reason}")]
    Unusable { reason: String },
}
