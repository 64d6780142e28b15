import Statechart
import Testing
import Values

/// The documents of the W3C's report that a person has to look at, and what such a person looks for.
@Suite struct SCXMLManualTests {
    /// What a session told, by the number of the document.
    private func log(_ report: SCXMLReport, _ number: String, ending: String = "final") throws
        -> [SCXMLWorld.Line]
    {
        var world = SCXMLWorld(documents: report.documents)
        #expect(world.run(try report.chart(of: number)) == .final(ending), "test \(number)")
        return world.log
    }

    @Test func bothValuesOfAParameterThatComesTwiceAreThere() throws {
        guard let report = SCXMLReport.shared else { return }
        let values = try log(report, "178").map { $0.value["data"]?["Var1"] }
        #expect(values == [[2, 3]])
    }

    @Test func aForwardedEventIsACopy() throws {
        guard let report = SCXMLReport.shared else { return }
        let lines = try log(report, "230")
        let fields = (0...1).map { session in
            lines.filter { $0.session == session }.map { [.string($0.label), $0.value] as Value }
        }
        #expect(fields[0].count == 7)
        #expect(fields[0] == fields[1])
        #expect(fields[0].first?[1] == "childToParent")
    }

    @Test func aSessionThatIsCancelledLeavesItsStates() throws {
        guard let report = SCXMLReport.shared else { return }
        #expect(try log(report, "250").map(\.value) == ["Exiting sub01", "Exiting sub0"])
    }

    @Test func aDocumentWhoseScriptIsMissingIsRefused() throws {
        guard let report = SCXMLReport.shared else { return }
        #expect(throws: SCXMLDocuments.Missing.self) { try report.chart(of: "301") }
    }

    @Test func whatIsNotBoundYetFailsAsWhatIsNotThere() throws {
        guard let report = SCXMLReport.shared else { return }
        let lines = try log(report, "307")
        #expect(lines.map(\.label) == ["error in state s0", "error in state s1"])
        #expect(lines.map { $0.value["name"] } == ["error.execution", "error.execution"])
    }

    @Test func nothingIsTakenAfterATopLevelFinalState() throws {
        guard let report = SCXMLReport.shared else { return }
        let chart = try report.chart(of: "415")
        let step = chart.machine.start(data: chart.initialData, environment: ["given": [:]])
        #expect(step.snapshot.finalState.map { chart.machine.states[$0].id } == "final")
        #expect(step.microsteps.compactMap(\.event).isEmpty)
    }
}
