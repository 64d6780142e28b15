import Foundation
import Statechart
import Testing
import Values
import WorkflowLanguage

@testable import PawlCommand

/// `pawl check`: which files are looked at, and how findings are printed.
@Suite struct FindingsTests {
    private static let shelf = """
        workflow: shelf
        version: 1
        initial: busy
        states:
          busy: {invoke: [{workflow: lamp, input: {id: '7'}}, {task: clock.read, onDone: done}]}
          done: {type: final}

        """

    private static let clock = """
        adapter: clock
        transport: local
        operations: {read: {outputSchema: {type: object, properties: {at: {type: string}}}}}

        """

    private func project(_ folder: String) throws {
        try write(Self.shelf, folder + "/workflows/shelf/workflow.yaml")
        try write(lamp, folder + "/workflows/lamp/workflow.yaml")
        try write(Self.clock, folder + "/adapters/clock/adapter.yaml")
    }

    private func report(_ paths: [String]) throws -> FindingsReport {
        var report = FindingsReport()
        for project in try CheckedProject.all(at: paths) {
            let findings = try Findings(project, zone: nil, now: Timestamp(seconds: 1_767_603_600))
            report.add(findings)
        }
        return report
    }

    // MARK: Which files

    @Test(arguments: [
        "workflows/shelf", "workflows/shelf/workflow.yaml", "workflows/../workflows/shelf",
    ])
    func oneFolderKnowsItsNeighboursWhereverTheCommandRuns(path: String) async throws {
        try await withFolder { folder in
            try project(folder)
            let found = try report([folder + "/" + path])
            #expect(found.findings.isEmpty, "\(found.text(.text))")
            #expect(found.summary.hasPrefix("1 workflows, 0 adapters, "))
            try write(
                Self.clock.replacing("read", with: "rad"), folder + "/adapters/clock/adapter.yaml")
            let missing = try report([folder + "/" + path])
            #expect(missing.text(.text).contains("did you mean 'rad'?"))
        }
    }

    @Test func recordedExchangesKnowTheirAdapter() async throws {
        try await withFolder { folder in
            let adapter = """
                adapter: shop
                transport: http
                url: {env: SHOP_URL}
                operations:
                  look: {request: {method: GET, path: /look}, kind: query, outputSchema: {type: object}}

                """
            let exchange = """
                ### looked at
                # operation: look
                # expect: succeeded {"ok": true}

                GET /look HTTP/1.1

                HTTP/1.1 200 OK
                Content-Type: application/json

                {"ok": true}

                """
            try write(adapter, folder + "/adapters/shop/adapter.yaml")
            let file = folder + "/adapters/shop/exchanges/a.http"
            try write(exchange, file)
            let right = try report([file])
            #expect(right.findings.isEmpty, "\(right.text(.text))")
            #expect(right.summary.hasPrefix("0 workflows, 0 adapters, 0 scenarios, 1 exchanges"))
            try write(exchange.replacing("GET /look", with: "GET /lok"), file)
            #expect(
                try report([file]).text(.text).contains("a.http:5:1: error: the request line is"))
        }
    }

    @Test func eachProjectBelowAFolderStandsByItself() async throws {
        try await withFolder { folder in
            try project(folder + "/a")
            try project(folder + "/b")
            // What tools keep is nobody's project.
            try write("no: [workflow", folder + "/a/.cache/workflows/x/workflow.yaml")
            let found = try report([folder])
            #expect(found.findings.isEmpty, "\(found.text(.text))")
            #expect(found.summary.hasPrefix("4 workflows, 2 adapters, "))
            // A file that is named twice is one file.
            #expect(
                try report([folder + "/a", folder + "/a/adapters"]).summary
                    .hasPrefix("2 workflows, 1 adapters, "))
        }
    }

    @Test func whatIsWrongInANeighbourIsSaidOnlyIfItKeepsItFromBeingRead() async throws {
        try await withFolder { folder in
            try project(folder)
            let path = folder + "/workflows/lamp/workflow.yaml"
            try write(lamp + "  lost: {on: {lamp.on: lit}}\n", path)
            #expect(try report([folder + "/workflows/shelf"]).findings.isEmpty)
            #expect(try !report([folder + "/workflows/lamp"]).findings.isEmpty)
            try write("workflow: [", path)
            let broken = try report([folder + "/workflows/shelf"])
            #expect(broken.findings.map(\.code) == [.yamlSyntax])
        }
    }

    // MARK: How they are printed

    /// Two files with findings, one of which has a name that every format must escape.
    private func broken(_ folder: String) throws -> FindingsReport {
        try write(
            Self.shelf.replacing("initial: busy", with: "initial: bsy"),
            folder + "/workflows/z, 100%: ä/workflow.yaml")
        try write(
            lamp.replacing("'lit'", with: "lti").replacing("broken: gone", with: "broken: gne"),
            folder + "/workflows/lamp/workflow.yaml")
        return try report([folder + "/workflows"])
    }

    @Test func findingsAreInTheOrderOfFilesLinesAndColumns() async throws {
        try await withFolder { folder in
            let found = try broken(folder).findings
            #expect(found.count > 2)
            let places = found.map { ($0.file, $0.location.line, $0.location.column) }
            #expect(zip(places, places.dropFirst()).allSatisfy { $0 <= $1 })
            #expect(found.first?.file.hasSuffix("/lamp/workflow.yaml") == true)
        }
    }

    @Test func jsonHasEveryPart() async throws {
        try await withFolder { folder in
            let found = try broken(folder)
            let list = try #require(try JSON.parse(found.text(.json)).listValue)
            #expect(list.count == found.findings.count)
            let last = try #require(list.last)
            #expect(last["file"] == .string(folder + "/workflows/z, 100%: ä/workflow.yaml"))
            #expect(last["line"] == 3 && last["column"] == 10 && last["length"] == 3)
            #expect(last["severity"] == "error" && last["code"] == "unknown-target")
            #expect(last["message"]?.stringValue?.contains("did you mean 'busy'?") == true)
            let nothing = FindingsReport()
            #expect(nothing.text(.json) == "[]" && nothing.text(.github).isEmpty)
        }
    }

    @Test func workflowCommandsAreEscaped() {
        let finding = Diagnostic(
            severity: .warning, code: .unusedEvent, message: "50 %: a, b\r\nnext",
            file: "a,b:c%.yaml",
            location: SourceLocation(line: 3, column: 7), length: 4)
        #expect(
            finding.workflowCommand
                == "::warning file=a%2Cb%3Ac%25.yaml,line=3,col=7,endColumn=11,title=unused-event::"
                + "50 %25: a, b%0D%0Anext")
    }

    /// What the specification requires of each object that is written, and nothing that it does not know.
    private static let shape = """
        {"type": "object", "required": ["version", "runs"], "additionalProperties": false, "properties": {
          "$schema": {"type": "string"}, "version": {"enum": ["2.1.0"]},
          "runs": {"type": "array", "items": {"type": "object", "required": ["tool"], "additionalProperties": false, "properties": {
            "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
            "tool": {"type": "object", "required": ["driver"], "additionalProperties": false, "properties": {
              "driver": {"type": "object", "required": ["name"], "additionalProperties": false, "properties": {
                "name": {"type": "string"}, "version": {"type": "string"},
                "rules": {"type": "array", "items": {"type": "object", "required": ["id"], "additionalProperties": false, "properties": {
                  "id": {"type": "string"}, "shortDescription": MESSAGE, "fullDescription": MESSAGE, "help": MESSAGE}}}}}}},
            "results": {"type": "array", "items": {"type": "object", "required": ["message"], "additionalProperties": false, "properties": {
              "ruleId": {"type": "string"}, "ruleIndex": {"type": "integer", "minimum": -1},
              "level": {"enum": ["none", "note", "warning", "error"]}, "message": MESSAGE,
              "locations": {"type": "array", "items": {"type": "object", "additionalProperties": false, "properties": {
                "physicalLocation": {"type": "object", "required": ["artifactLocation"], "additionalProperties": false, "properties": {
                  "artifactLocation": {"type": "object", "additionalProperties": false, "properties": {"uri": {"type": "string"}}},
                  "region": {"type": "object", "additionalProperties": false, "properties": {
                    "startLine": {"type": "integer", "minimum": 1}, "startColumn": {"type": "integer", "minimum": 1},
                    "endColumn": {"type": "integer", "minimum": 1}}}}}}}}}}}}}}}}
        """.replacing(
            "MESSAGE",
            with: """
                {"type": "object", "required": ["text"], "additionalProperties": false, "properties": {"text": {"type": "string"}}}
                """)

    @Test func sarifIsOfTheStandardsShape() async throws {
        try await withFolder { folder in
            let found = try broken(folder)
            let log = try JSON.parse(found.text(.sarif))
            let schema = try Schema(parsing: try JSON.parse(Self.shape))
            guard case .valid = schema.decode(log) else {
                Issue.record("\(schema.decode(log))")
                return
            }
            #expect(log["$schema"]?.stringValue?.hasSuffix("/sarif-schema-2.1.0.json") == true)
            let run = try #require(log["runs"]?.listValue?.first)
            let rules = try #require(run["tool"]?["driver"]?["rules"]?.listValue)
            let results = try #require(run["results"]?.listValue)
            #expect(results.count == found.findings.count && results.count > rules.count - 1)
            for result in results {
                let index = try #require(result["ruleIndex"]?.intValue)
                #expect(rules[Int(index)]["id"] == result["ruleId"])
                #expect(result["message"]?["text"]?.stringValue?.isEmpty == false)
            }
            let place = results.last?["locations"]?.listValue?.first?["physicalLocation"]
            let uri = try #require(place?["artifactLocation"]?["uri"]?.stringValue)
            #expect(uri.hasPrefix("file:///"))
            #expect(uri.hasSuffix("/z%2C%20100%25%3A%20%C3%A4/workflow.yaml"))
            #expect(place?["region"]?["startLine"] == 3 && place?["region"]?["startColumn"] == 10)
            #expect(place?["region"]?["endColumn"] == 13)
        }
    }

    @Test func sarifWithoutFindingsIsARunWithNone() throws {
        let log = try JSON.parse(FindingsReport().text(.sarif))
        #expect(log["runs"]?.listValue?.first?["results"] == .list([]))
    }
}
