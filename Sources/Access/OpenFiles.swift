#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// How many files, connections among them, this process may have open.
package enum OpenFiles {
    /// More than any server here needs.
    private static let most: rlim_t = 65_536

    /// Raises the soft limit as far as the hard one lets it; programs start with a soft one for the sake of others that cannot
    /// count beyond 1,024.
    /// - Returns: how many may be open now.
    package static func raiseLimit() -> Int {
        var limit = rlimit()
        guard getrlimit(kind, &limit) == 0 else { return 1_024 }
        let wanted = min(limit.rlim_max, most)
        if limit.rlim_cur < wanted {
            var raised = limit
            raised.rlim_cur = wanted
            if setrlimit(kind, &raised) == 0 { limit = raised }
        }
        return Int(clamping: min(limit.rlim_cur, most))
    }

    #if canImport(Glibc)
        private static let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
        private static let kind = RLIMIT_NOFILE
    #endif
}
