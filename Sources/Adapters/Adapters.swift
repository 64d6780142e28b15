// Adapters: the calls that leave the process, by HTTP and by mail.
//
// Theory of operation. The engine hands over rows of its outbox after their flush and gets back one `CallOutcome`
// for each. In between:
//
//   CallRow -> DispatchMachine (queue, bulkhead, rate, breaker: when)
//           -> Exchange.request (templates, settings, address rules: what)
//           -> Transport (libcurl, or the simulator's own: out and back)
//           -> Exchange.read (what the answer means) -> DispatchMachine -> CallOutcome
//
// Everything but `CurlTransport` is values and synchronous machines. `AdapterDispatcher` is the only place where
// they meet threads: it changes the machine under a lock and acts after it. Nothing of an adapter is in Swift:
// manifests say what to send and what answers mean.
