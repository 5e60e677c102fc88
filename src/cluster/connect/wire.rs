//! The messages of Spark Connect that are spoken here, by the numbers of their fields: `spark/connect/base.proto`, `commands.proto` and
//! `relations.proto` of Spark 4.3.
//!
//! Written by hand, so that nobody who builds the program needs a compiler of protocols. Fields that are not named here are skipped when
//! they come, and are left to their defaults when they go.

use prost::{Message, Oneof};

/// `base.proto: UserContext`. A session is known by its user and its id.
#[derive(Clone, PartialEq, Message)]
pub(super) struct UserContext {
    #[prost(string, tag = "1")]
    pub user_id: String,
}

/// `relations.proto: SQL`
#[derive(Clone, PartialEq, Message)]
pub(super) struct Sql {
    #[prost(string, tag = "1")]
    pub query: String,
}

/// `relations.proto: CachedRemoteRelation`: rows that the server keeps for the session.
#[derive(Clone, PartialEq, Message)]
pub(super) struct KeptRows {
    #[prost(string, tag = "1")]
    pub relation_id: String,
}

/// `relations.proto: Relation`, of which only SQL and kept rows are sent.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Relation {
    #[prost(message, optional, tag = "10")]
    pub sql: Option<Sql>,
    #[prost(message, optional, tag = "37")]
    pub kept: Option<KeptRows>,
}

/// `commands.proto: SqlCommand`. It runs at once, where a relation runs when its rows are asked for.
#[derive(Clone, PartialEq, Message)]
pub(super) struct SqlCommand {
    #[prost(message, optional, tag = "6")]
    pub input: Option<Relation>,
}

/// `commands.proto: CreateDataFrameViewCommand`
#[derive(Clone, PartialEq, Message)]
pub(super) struct CreateView {
    #[prost(message, optional, tag = "1")]
    pub input: Option<Relation>,
    #[prost(string, tag = "2")]
    pub name: String,
    #[prost(bool, tag = "4")]
    pub replace: bool,
}

/// `commands.proto: CheckpointCommand`. The server computes the rows and keeps them until the session ends.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Checkpoint {
    #[prost(message, optional, tag = "1")]
    pub relation: Option<Relation>,
    /// Where the session's work is done, not in storage that outlives it.
    #[prost(bool, tag = "2")]
    pub local: bool,
    #[prost(bool, tag = "3")]
    pub eager: bool,
}

/// `commands.proto: Command`
#[derive(Clone, PartialEq, Message)]
pub(super) struct Command {
    #[prost(message, optional, tag = "3")]
    pub create_view: Option<CreateView>,
    #[prost(message, optional, tag = "5")]
    pub sql_command: Option<SqlCommand>,
    #[prost(message, optional, tag = "14")]
    pub checkpoint: Option<Checkpoint>,
}

/// `base.proto: Plan`
#[derive(Clone, PartialEq, Message)]
pub(super) struct Plan {
    #[prost(oneof = "OpType", tags = "1, 2")]
    pub op_type: Option<OpType>,
}

#[derive(Clone, PartialEq, Oneof)]
pub(super) enum OpType {
    #[prost(message, tag = "1")]
    Root(Relation),
    #[prost(message, tag = "2")]
    Command(Command),
}

/// `base.proto: ReattachOptions`
#[derive(Clone, PartialEq, Message)]
pub(super) struct ReattachOptions {
    #[prost(bool, tag = "1")]
    pub reattachable: bool,
}

/// `base.proto: ExecutePlanRequest.RequestOption`
#[derive(Clone, PartialEq, Message)]
pub(super) struct RequestOption {
    #[prost(message, optional, tag = "1")]
    pub reattach_options: Option<ReattachOptions>,
}

/// `base.proto: ExecutePlanRequest`
#[derive(Clone, PartialEq, Message)]
pub(super) struct ExecutePlanRequest {
    #[prost(string, tag = "1")]
    pub session_id: String,
    #[prost(message, optional, tag = "2")]
    pub user_context: Option<UserContext>,
    #[prost(message, optional, tag = "3")]
    pub plan: Option<Plan>,
    #[prost(string, optional, tag = "4")]
    pub client_type: Option<String>,
    #[prost(message, repeated, tag = "5")]
    pub request_options: Vec<RequestOption>,
    #[prost(string, optional, tag = "6")]
    pub operation_id: Option<String>,
    #[prost(string, optional, tag = "8")]
    pub client_observed_server_side_session_id: Option<String>,
}

/// `base.proto: ReattachExecuteRequest`
#[derive(Clone, PartialEq, Message)]
pub(super) struct ReattachExecuteRequest {
    #[prost(string, tag = "1")]
    pub session_id: String,
    #[prost(message, optional, tag = "2")]
    pub user_context: Option<UserContext>,
    #[prost(string, tag = "3")]
    pub operation_id: String,
    #[prost(string, optional, tag = "4")]
    pub client_type: Option<String>,
    #[prost(string, optional, tag = "5")]
    pub last_response_id: Option<String>,
    #[prost(string, optional, tag = "6")]
    pub client_observed_server_side_session_id: Option<String>,
}

/// `base.proto: ExecutePlanResponse`
#[derive(Clone, PartialEq, Message)]
pub(super) struct ExecutePlanResponse {
    #[prost(string, tag = "13")]
    pub response_id: String,
    #[prost(string, tag = "15")]
    pub server_side_session_id: String,
    /// Of progress, metrics and schemas, nothing is kept.
    #[prost(oneof = "ResponseType", tags = "2, 14, 19")]
    pub response_type: Option<ResponseType>,
}

#[derive(Clone, PartialEq, Oneof)]
pub(super) enum ResponseType {
    #[prost(message, tag = "2")]
    ArrowBatch(ArrowBatch),
    #[prost(message, tag = "14")]
    ResultComplete(ResultComplete),
    #[prost(message, tag = "19")]
    Kept(Kept),
}

/// `base.proto: CheckpointCommandResult`
#[derive(Clone, PartialEq, Message)]
pub(super) struct Kept {
    #[prost(message, optional, tag = "1")]
    pub relation: Option<KeptRows>,
}

/// `base.proto: ExecutePlanResponse.ArrowBatch`
#[derive(Clone, PartialEq, Message)]
pub(super) struct ArrowBatch {
    #[prost(int64, tag = "1")]
    pub row_count: i64,
    /// A stream of Arrow's IPC format, with its own schema.
    #[prost(bytes = "vec", tag = "2")]
    pub data: Vec<u8>,
    /// How many rows of the result come before it. Sail does not say.
    #[prost(int64, optional, tag = "3")]
    pub start_offset: Option<i64>,
    /// Batches in parts are sent only to clients that ask for them.
    #[prost(int64, optional, tag = "5")]
    pub num_chunks_in_batch: Option<i64>,
}

/// `base.proto: ExecutePlanResponse.ResultComplete`. A stream that ends without it goes on elsewhere.
#[derive(Clone, PartialEq, Message)]
pub(super) struct ResultComplete {}

/// `base.proto: InterruptRequest.InterruptType.INTERRUPT_TYPE_OPERATION_ID`
pub(super) const INTERRUPT_OPERATION: i32 = 3;

/// `base.proto: InterruptRequest`
#[derive(Clone, PartialEq, Message)]
pub(super) struct InterruptRequest {
    #[prost(string, tag = "1")]
    pub session_id: String,
    #[prost(message, optional, tag = "2")]
    pub user_context: Option<UserContext>,
    #[prost(string, optional, tag = "3")]
    pub client_type: Option<String>,
    #[prost(int32, tag = "4")]
    pub interrupt_type: i32,
    #[prost(string, optional, tag = "6")]
    pub operation_id: Option<String>,
}

/// `base.proto: ReleaseExecuteRequest.ReleaseAll`
#[derive(Clone, PartialEq, Message)]
pub(super) struct ReleaseAll {}

/// `base.proto: ReleaseExecuteRequest`
#[derive(Clone, PartialEq, Message)]
pub(super) struct ReleaseExecuteRequest {
    #[prost(string, tag = "1")]
    pub session_id: String,
    #[prost(message, optional, tag = "2")]
    pub user_context: Option<UserContext>,
    #[prost(string, tag = "3")]
    pub operation_id: String,
    #[prost(string, optional, tag = "4")]
    pub client_type: Option<String>,
    #[prost(message, optional, tag = "5")]
    pub release_all: Option<ReleaseAll>,
}

/// `base.proto: ReleaseSessionRequest`
#[derive(Clone, PartialEq, Message)]
pub(super) struct ReleaseSessionRequest {
    #[prost(string, tag = "1")]
    pub session_id: String,
    #[prost(message, optional, tag = "2")]
    pub user_context: Option<UserContext>,
    #[prost(string, optional, tag = "3")]
    pub client_type: Option<String>,
}

/// `InterruptResponse`, `ReleaseExecuteResponse` and `ReleaseSessionResponse`, of which nothing is needed.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Done {}

/// `base.proto: AnalyzePlanRequest.SparkVersion`
#[derive(Clone, PartialEq, Message)]
pub(super) struct SparkVersion {}

/// `base.proto: AnalyzePlanRequest`, which here asks for the version alone.
#[derive(Clone, PartialEq, Message)]
pub(super) struct AnalyzePlanRequest {
    #[prost(string, tag = "1")]
    pub session_id: String,
    #[prost(message, optional, tag = "2")]
    pub user_context: Option<UserContext>,
    #[prost(string, optional, tag = "3")]
    pub client_type: Option<String>,
    #[prost(message, optional, tag = "10")]
    pub spark_version: Option<SparkVersion>,
}

/// `base.proto: AnalyzePlanResponse`, of which it counts that it comes, and from whom.
#[derive(Clone, PartialEq, Message)]
pub(super) struct AnalyzePlanResponse {
    #[prost(string, tag = "15")]
    pub server_side_session_id: String,
}

/// The statement as a query, whose rows are sent.
pub(super) fn query(statement: &str) -> Plan {
    Plan { op_type: Some(OpType::Root(relation(statement))) }
}

/// The statement as a command.
pub(super) fn command(statement: &str) -> Plan {
    let sql_command = Some(SqlCommand { input: Some(relation(statement)) });
    of_command(Command { sql_command, ..Command::default() })
}

/// To keep the rows of a query.
pub(super) fn checkpoint(query: &str) -> Plan {
    let checkpoint = Some(Checkpoint { relation: Some(relation(query)), local: true, eager: true });
    of_command(Command { checkpoint, ..Command::default() })
}

/// To make a view of rows that are kept.
pub(super) fn view_of(kept: KeptRows, name: &str) -> Plan {
    let input = Some(Relation { kept: Some(kept), ..Relation::default() });
    let create_view = Some(CreateView { input, name: name.to_owned(), replace: true });
    of_command(Command { create_view, ..Command::default() })
}

fn of_command(command: Command) -> Plan {
    Plan { op_type: Some(OpType::Command(command)) }
}

fn relation(statement: &str) -> Relation {
    Relation { sql: Some(Sql { query: statement.to_owned() }), ..Relation::default() }
}
