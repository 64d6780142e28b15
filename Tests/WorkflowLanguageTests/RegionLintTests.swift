import Testing

@testable import WorkflowLanguage

/// What `pawl check` says of parallel states [trap 5].
@Suite struct RegionLintTests {
    private func found(_ regions: String, on: String = "{}") -> [Diagnostic] {
        WorkflowLanguage.parseWorkflow(
            """
            workflow: w
            version: 1
            events: {go: {}, stop: {}}
            initial: both
            states:
              both:
                type: parallel
                on: \(on)
                states:
            \(regions)
              end: {type: final}
            """, file: "w.yaml"
        ).diagnostics
    }

    private static let payment = """
              pay:
                initial: charging
                states:
                  charging: {after: {2h: late}, invoke: {task: bank.charge, onDone: late}}
                  late: {on: {stop: end}}
        """

    @Test func whatReentersIsToldWhichTimersAndCallsStartAgain() throws {
        let found = found(
            "      mode: {initial: a, states: {a: {}, b: {}}}\n" + Self.payment,
            on: "{go: {target: .mode.b, reenter: true}, stop: end}")
        let warning = try #require(found.first)
        #expect(found.map(\.code) == [.reenteredRegion])
        #expect(warning.severity == .warning)
        #expect(warning.message.contains("leaves and enters 'both.pay' too"))
        #expect(
            warning.message.contains(
                "after 2h of 'both.pay.charging', task bank.charge of 'both.pay.charging'"))
    }

    @Test func withoutItNothingStartsAgainAndNothingIsSaid() {
        #expect(
            found(
                "      mode: {initial: a, states: {a: {}, b: {}}}\n" + Self.payment,
                on: "{go: .mode.b, stop: end}"
            ).isEmpty)
    }

    private func stuck(_ regions: String, on: String = "{}") -> [String] {
        found(regions, on: on).filter { $0.code == .stuckState }.map(\.message)
    }

    @Test func aStateThatARegionBesideMovesIsNotStuck() {
        let lamp = "      lamp: {initial: off, states: {off: {}, lit: {}}}\n"
        let hand = "      hand: {states: {up: {on: {go: both.lamp.lit, stop: both.lamp.off}}}}"
        #expect(stuck(lamp + hand).isEmpty)
    }

    @Test func aStateThatOnlySeesTheOtherRegionMoveIsStuck() {
        let lamp = "      lamp: {states: {off: {}}}\n"
        let hand = "      hand: {initial: up, states: {up: {}, down: {}}}"
        let messages = stuck(lamp + hand, on: "{go: .hand.down, stop: .hand.up}")
        #expect(messages.count == 1)
        #expect(messages.first?.contains("'both.lamp.off'") == true)
    }

    /// The source is not left, so that it is enabled again at once.
    @Test func anAlwaysIntoTheRegionBesideNeverEnds() {
        let lamp = "      lamp: {initial: off, states: {off: {}, lit: {on: {stop: end}}}}\n"
        let hand = "      hand: {states: {up: {always: both.lamp.lit}}}"
        #expect(found(lamp + hand).map(\.code).contains(.endlessAlways))
    }

    @Test(arguments: ["end", "both", "back"])
    func aHistoryStateBringsBackWhatIsInsideOfItsParent(target: String) throws {
        let found = found(
            """
                  work: {initial: a, states: {a: {on: {go: b}}, b: {on: {stop: end}}}}
                  back: {type: history, target: \(target)}
            """)
        let error = try #require(found.first { $0.severity == .error })
        #expect(error.code == .unknownTarget)
        #expect(error.message.contains("'\(target)' is no state inside of 'both'"))
    }

    /// Each would ask the other where to begin, for ever.
    @Test func historyStatesDoNotLeadToEachOther() {
        let found = found(
            "      work: {initial: back, states: {a: {on: {stop: end}}, back: {type: history}}}\n"
                + "      rest: {initial: a, states: {a: {}, h: {type: history, target: i}, i: {type: history, target: h}}}"
        )
        #expect(
            found.filter { $0.severity == .error }.map(\.code) == [
                .missingWord, .unknownTarget, .unknownTarget,
            ])
    }

    @Test func aFinalStateIsNoRegion() throws {
        let found = found(
            """
                  audit: {type: final}
                  work: {initial: busy, states: {busy: {on: {go: done, stop: end}}, done: {type: final}}}
            """)
        let error = try #require(found.first { $0.severity == .error })
        #expect(error.code == .finalRegion)
        #expect(error.location.line == 10)
        #expect(error.message.contains("audit: {states: {done: {type: final}}}"))
    }
}
