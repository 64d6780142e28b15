extension CodeExplanation {
    /// Of a server's limits.
    static let ofLimits: [CodeExplanation] = [
        CodeExplanation(
            .problem, "too-many-attempts", "Too many attempts to prove who asks have failed.",
            when:
                "One address sends one wrong token after the other, or the same again and again ([limits](limits.md)).",
            do: "Wait as long as `Retry-After` says, and send the right one.",
            example: "HTTP/1.1 429 Too Many Requests"),
        CodeExplanation(
            .problem, "too-many-streams", "Whoever asks has as many streams open as they may.",
            when: "Pages that keep themselves up to date, or readers of the event feed, are many.",
            do: "Close one ([limits](limits.md)).",
            example: "curl -N …/v1/events/stream"),
        CodeExplanation(
            .problem, "too-many-connections",
            "The address has as many connections as it may have.",
            when: "A program opens one for each request and closes none.",
            do: "Keep one for many requests ([limits](limits.md)).",
            example: "HTTP/1.1 503 Service Unavailable"),
        CodeExplanation(
            .problem, "target-too-long", "The path and query are longer than is taken.",
            when: "A filter of hundreds of terms, for example.",
            do: "Ask for less at once ([limits](limits.md)).",
            example: "HTTP/1.1 414 URI Too Long"),
        CodeExplanation(
            .problem, "headers-too-large", "The headers are larger, or more, than is taken.",
            when: "A browser or a proxy adds more to each request than anybody needs.",
            do: "Send fewer ([limits](limits.md)).",
            example: "HTTP/1.1 431 Request Header Fields Too Large"),
    ]
}
