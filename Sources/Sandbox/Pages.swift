import Guest
import Values

/// What a person or a test reads in the sandbox: HTML without scripts, and the mails as JSON.
enum Pages {
    private static let pageSize = 50

    static func handle(_ request: RemoteRequest, world: SandboxWorld) -> RemoteResponse {
        guard request.method == "GET" else {
            return .problem(405, code: "method", detail: "pages are read with GET")
        }
        switch request.path {
        case "/":
            return html("Sandbox", overview(world))
        case "/livez":
            return .text(200, "text/plain; charset=utf-8", "ok\n")
        case "/style.css":
            return .text(200, "text/css; charset=utf-8", StyleSheet.text)
        case "/mails":
            let page = request.parameter("page").flatMap { Int($0) } ?? 1
            return html("Mails", mailList(world.mails, page: min(max(page, 1), 1_000_000)))
        case "/mails.json":
            return mailsJSON(world.mails)
        case let path where path.hasPrefix("/mails/"):
            guard let number = Int64(path.dropFirst("/mails/".count)),
                let stored = world.mails.mail(number)
            else { return notFound(path) }
            return html(stored.mail.subject, mailPage(stored))
        case let path:
            return notFound(path)
        }
    }

    private static func notFound(_ path: String) -> RemoteResponse {
        .problem(404, code: "not-found", detail: "the sandbox has nothing at \(path)")
    }

    private static func html(_ title: String, _ body: String) -> RemoteResponse {
        let page = """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8">
            <meta name="viewport" content="width=device-width">
            <title>\(escape(title)) · Pawl sandbox</title>
            <link rel="stylesheet" href="/style.css"></head>
            <body><nav aria-label="Sandbox"><a href="/">Sandbox</a> <a href="/mails">Mails</a>
            <a href="/faults">Faults</a></nav>
            <main>\(body)</main></body></html>

            """
        var response = RemoteResponse.text(200, "text/html; charset=utf-8", page)
        // A mail's own inline styles are shown in its frame; nothing else may be loaded or run.
        let policy =
            "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src data:; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        response.headers.append(RemoteRequest.Pair("content-security-policy", policy))
        return response
    }

    // MARK: Overview

    private static func overview(_ world: SandboxWorld) -> String {
        let remotes = world.overviews
        let facts = remotes.map { remote in
            let fact = escape(remote.fact)
            let shown = remote.link.map { "<a href=\"\(escape($0))\">\(fact)</a>" } ?? fact
            return "<dt>\(escape(remote.title))</dt><dd>\(shown)</dd>"
        }
        let tables = remotes.compactMap(\.table).map(table)
        return """
            <h1>Sandbox</h1>
            <p>The outside world of Pawl in development. No money moves here and no mail
            leaves.</p>
            <dl>
            \(facts.joined(separator: "\n"))
            <dt>Mails</dt><dd>\(count(world.mails.mails.count, "mail")) in the
            <a href="/mails">sink</a>, \(world.mails.received) received with repeats</dd>
            <dt>Faults</dt><dd>\(count(world.faults.all.count, "fault"))
            <a href="/faults">set</a></dd>
            </dl>
            \(tables.joined(separator: "\n"))
            """
    }

    private static func table(_ table: RemoteOverview.Table) -> String {
        let heads = table.columns.enumerated().map { index, column in
            "<th scope=\"col\"\(index > 0 ? " class=\"number\"" : "")>\(escape(column))</th>"
        }
        let rows = table.rows.prefix(pageSize).map { cells in
            row(
                cells.map { cell in
                    cell.split(separator: "\n").map { escape(String($0)) }.joined(
                        separator: "<br>")
                })
        }
        let rest = table.rows.count - pageSize
        return """
            <h2>\(escape(table.title))</h2>
            <table><thead><tr>\(heads.joined())</tr></thead>
            <tbody>\(rows.joined())</tbody></table>\(rest > 0 ? "<p>\(rest) more are not shown.</p>" : "")
            """
    }

    private static func count(_ number: Int, _ noun: String) -> String {
        "\(number) \(noun)\(number == 1 ? "" : "s")"
    }

    private static func row(_ cells: [String]) -> String {
        guard let first = cells.first else { return "" }
        let rest = cells.dropFirst().map { "<td class=\"number\">\($0)</td>" }.joined()
        return "<tr><td>\(first)</td>\(rest)</tr>"
    }

    // MARK: Mails

    private static func mailList(_ sink: MailSink, page: Int) -> String {
        let skipped = (page - 1) * pageSize
        let shown = sink.mails.reversed().dropFirst(skipped).prefix(pageSize)
        let rows = shown.map { stored in
            let subject = stored.mail.subject.isEmpty ? "(no subject)" : stored.mail.subject
            let repeats = stored.repeats > 0 ? " ×\(stored.repeats + 1)" : ""
            return """
                <tr><td><a href="/mails/\(stored.number)">\(escape(subject))</a>\(repeats)</td>
                <td>\(escape(stored.mail.to.joined(separator: ", ")))</td>
                <td class="number">\(escape(stored.at.rfc3339))</td></tr>
                """
        }
        let newer = page > 1 ? "<a href=\"/mails?page=\(page - 1)\">Newer</a>" : ""
        let hasOlder = sink.mails.count > skipped + pageSize
        let older = hasOlder ? "<a href=\"/mails?page=\(page + 1)\">Older</a>" : ""
        return """
            <h1>Mails</h1><p>\(count(sink.mails.count, "mail")) kept.</p>
            <table><thead><tr><th scope="col">Subject</th><th scope="col">To</th>
            <th scope="col" class="number">Received</th></tr></thead>
            <tbody>\(rows.joined())</tbody></table><p>\(newer) \(older)</p>
            """
    }

    private static func mailPage(_ stored: MailSink.Stored) -> String {
        let mail = stored.mail
        let facts = [
            ("From", mail.from), ("To", mail.to.joined(separator: ", ")),
            ("Message-ID", mail.messageID), ("Received", stored.at.rfc3339),
            ("Repeats", "\(stored.repeats)"),
        ].map { "<dt>\($0.0)</dt><dd>\(escape($0.1))</dd>" }
        let source = escape(mail.html)
        let frame =
            mail.html.isEmpty
            ? ""
            : """
            <h2>HTML</h2>
            <iframe sandbox title="HTML part" srcdoc="\(source)"></iframe>
            <details><summary>Source</summary><pre>\(source)</pre></details>
            """
        return """
            <h1>\(escape(mail.subject))</h1><dl>\(facts.joined())</dl>
            <h2>Text</h2><pre>\(escape(mail.text))</pre>\(frame)
            """
    }

    private static func mailsJSON(_ sink: MailSink) -> RemoteResponse {
        let mails = sink.mails.map { stored -> Value in
            .map(
                ValueMap([
                    ("number", .int(stored.number)), ("at", .string(stored.at.rfc3339)),
                    ("from", .string(stored.mail.from)),
                    ("to", .list(stored.mail.to.map { .string($0) })),
                    ("subject", .string(stored.mail.subject)),
                    ("messageID", .string(stored.mail.messageID)),
                    ("text", .string(stored.mail.text)), ("repeats", .int(stored.repeats)),
                ]))
        }
        return .json(200, .list(mails))
    }

    static func escape(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "'": out += "&#39;"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}

/// The one style sheet, for light and dark.
enum StyleSheet {
    static let text = """
        :root { color-scheme: light dark; }
        body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto;
            padding: 1rem; }
        nav { display: flex; flex-wrap: wrap; gap: 1rem; padding-bottom: .5rem;
            border-bottom: 1px solid GrayText; }
        table { width: 100%; border-collapse: collapse; }
        th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0;
            border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent);
            overflow-wrap: anywhere; }
        .number { text-align: right; font-variant-numeric: tabular-nums; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; }
        dd { margin: 0; overflow-wrap: anywhere; }
        pre { white-space: pre-wrap; overflow-wrap: anywhere; padding: .6rem;
            border: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
        iframe { width: 100%; height: 30rem; border: 1px solid GrayText; background: #fff; }

        """
}
