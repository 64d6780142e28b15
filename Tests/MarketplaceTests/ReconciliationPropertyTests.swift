import Foundation
import Marketplace
import Testing
import Values

/// Property 11: reconciliation does not depend on order, paging, repeats; every injected difference is one incident.
/// `CASES=10000 swift test --filter ReconciliationPropertyTests` tries more.
@Suite("Reconciliation, whatever the order, the paging and the repeats [R-48]")
struct ReconciliationPropertyTests {
    private static let cases =
        ProcessInfo.processInfo.environment["CASES"].flatMap(UInt64.init) ?? 150

    @Test func everyInjectedDifferenceIsFoundOnce() {
        for seed in 0..<Self.cases {
            var random = Seeded(seed: seed)
            let story = Story(&random)
            let one = story.told(&random)
            let other = story.told(&random)
            #expect(one.found == story.expected, "seed \(seed): \(story.names)")
            #expect(one == other, "seed \(seed): the order has a say")
            #expect(one.violations == [], "seed \(seed): \(story.names)")
        }
    }

    private struct Told: Equatable {
        let found: [String]
        let again: [String]
        let postings: Set<String>
        let matches: [String]
        let violations: [String]
    }

    /// Books, and a statement of them in which some things are wrong.
    private struct Story {
        private var booked: [BankEntry] = []
        private var lines: [BankEntry] = []
        /// Those that come once more, and say something else.
        private var others: [BankEntry] = []
        private(set) var expected: [String] = []
        private(set) var names: [Mutation] = []
        private var off: Int64 = 0
        private var hidden: [String] = []

        enum Mutation: CaseIterable {
            case hide, unknown, amount, currency, twice, strip, respell, garble, alter, giveBack,
                chargeback, fee, largeFee, twins, undone, unbalance
        }

        init(_ random: inout Seeded) {
            for number in 0..<Int.random(in: 6...14, using: &random) {
                let isCharge = Bool.random(using: &random)
                let party = "\(isCharge ? "c" : "w")-\(number)"
                let amount = Int64.random(in: 100...9_999, using: &random)
                booked.append(
                    BankEntry(
                        id: "l-\(number)", kind: isCharge ? "charge" : "payout",
                        key: isCharge
                            ? "pawl/client-invoice/\(party):w7/\(number)"
                            : "pawl/worker-payout/\(party):m1/\(number)",
                        amount: isCharge ? amount : -amount, party: party,
                        booked: Desk.start + .seconds(Int64(number) * 60)))
            }
            lines = booked
            var places = Array(booked.indices)
            places.shuffle(using: &random)
            for _ in 0..<Int.random(in: 0...10, using: &random) {
                guard let mutation = Mutation.allCases.randomElement(using: &random),
                    let place = places.popLast()
                else { break }
                names.append(mutation)
                apply(mutation, place, &random)
            }
            // What does not tell all is no reason to call anything missing.
            if !names.contains(.garble), off == 0 { expected += hidden }
            expected.sort()
        }

        private mutating func expect(_ kind: String, _ line: String) {
            expected.append("\(kind) house/\(line)")
        }

        private mutating func apply(
            _ mutation: Mutation, _ place: Int, _ random: inout Seeded
        ) {
            let id = lines[place].id
            let isCharge = lines[place].kind == "charge"
            let amount = lines[place].amount
            switch mutation {
            case .hide:
                let key = lines[place].key ?? ""
                lines[place].amount = 0
                hidden.append(
                    "not-at-bank " + (isCharge ? "payment:\(key)" : "payout:\(key)/applied"))
            case .unknown:
                add(
                    BankEntry(
                        id: "u-\(place)", key: "no/such/key/\(place)", amount: 77,
                        party: "c-\(place)"))
                expect("at-bank-only", "u-\(place)")
            case .amount:
                lines[place].amount += isCharge ? 13 : -13
                expect("amount-differs", id)
            case .currency:
                lines[place].currency = "JPY"
                expect("currency-differs", id)
            case .twice:
                var second = lines[place]
                (second.id, second.booked) = ("t-\(place)", second.booked + .seconds(5))
                add(second)
                expect("twice", second.id)
            case .strip: lines[place].key = nil
            case .respell:
                lines[place].key = lines[place].key.map { " " + $0.uppercased() }
                expect("at-bank-only", id)
            case .garble:
                lines[place].isGarbled = true
                expect("unreadable-line", id)
            case .alter:
                var other = lines[place]
                other.party = "somebody else"
                others.append(other)
                expect("line-altered", id)
            case .giveBack, .chargeback:
                let (kind, name) =
                    isCharge ? ("chargeback", "charged-back") : ("return", "payout-returned")
                add(
                    BankEntry(
                        id: "b-\(place)", kind: kind, of: lines[place].key, amount: -amount,
                        booked: Desk.start + .seconds(3_000)))
                expect(name, "b-\(place)")
            case .fee: add(BankEntry(id: "f-\(place)", kind: "fee", amount: -4_999))
            case .largeFee:
                add(BankEntry(id: "f-\(place)", kind: "fee", amount: -5_001))
                expect("fee-above-limit", "f-\(place)")
            case .twins:
                for twin in ["x", "y"] {
                    let entry = BankEntry(
                        id: "w-\(place)-\(twin)", kind: "payout",
                        key: "pawl/worker-payout/twin-\(place):\(twin)/3", amount: -555,
                        party: "twin-\(place)")
                    booked.append(entry)
                    var line = entry
                    line.key = nil
                    add(line)
                    expect("ambiguous", entry.id)
                }
            case .undone:
                let key = "pawl/client-invoice/nobody-\(place):w7/2"
                add(BankEntry(id: "n-\(place)", key: key, amount: 321, party: "nobody-\(place)"))
                add(
                    BankEntry(
                        id: "m-\(place)", kind: "refund", key: "\(key)/back", of: key,
                        amount: -321, party: "nobody-\(place)"))
            case .unbalance:
                off += 1
                guard off == 1 else { return }
            }
        }

        private mutating func add(_ line: BankEntry) { lines.append(line) }

        /// Everything in some order, in pages of some size, some of it more than once; and all of it again.
        func told(_ random: inout Seeded) -> Told {
            var desk = Desk()
            for entry in booked.shuffled(using: &random) {
                desk.book(entry.key ?? "", entry.amount, entry.party ?? "", at: entry.booked)
            }
            desk.now = Desk.start + .seconds(7_200)
            let there = lines.filter { $0.amount != 0 }
            let read = there.filter { !$0.isGarbled }
            var expected = self.expected
            if off != 0, !names.contains(.garble) {
                expected.append("statement-incomplete incomplete:house/the beginning")
            }
            var results: [[String]] = []
            for run in ["1", "2"] {
                let repeated = there.filter { _ in Int.random(in: 0..<4, using: &random) == 0 }
                let entries = (there + repeated).shuffled(using: &random) + others
                let pages = BankEntry.pages(
                    entries, size: Int.random(in: 1...9, using: &random), counting: read,
                    off: off)
                results.append(
                    desk.reconcile(
                        run, pages, batch: Int64.random(in: 1...20, using: &random)))
            }
            return Told(
                found: results[0].filter { !$0.hasPrefix("statement-incomplete") },
                again: results[1], postings: Set(desk.postings), matches: desk.matches,
                violations: desk.violations
                    + (results[0] == results[1] ? [] : ["again, it changes something"])
                    + (expected.sorted() == results[0] ? [] : ["it is \(results[0])"]))
        }
    }
}
