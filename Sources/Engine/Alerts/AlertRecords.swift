import Alerts
import Execution
import Values

/// Alerts, silences and deliveries as records of the engine's own, read through whoever reads records: the store, or the
/// machine between two decisions.
package struct AlertRecords {
    private let read: (RecordQuery) throws(StoreError) -> RecordSet

    package init(_ read: @escaping (RecordQuery) throws(StoreError) -> RecordSet) {
        self.read = read
    }

    package init(_ store: any Store) {
        self.init { (query) throws(StoreError) in try store.records(query) }
    }

    // MARK: Reading

    /// In order of id.
    package func alerts(in group: String) throws(StoreError) -> [Alert] {
        try decoded(Alert.collection, .group(group))
    }

    package func alert(_ id: String) throws(StoreError) -> Alert? {
        try one(Alert.collection, id)
    }

    package func silences() throws(StoreError) -> [Silence] {
        try decoded(Silence.collection, .all)
    }

    /// In the order that they were made.
    package func deliveries(
        _ status: AlertDelivery.Status, limit: Int = 1_000
    ) throws(StoreError) -> [AlertDelivery] {
        try decoded(AlertDelivery.collection, .group(status.rawValue), limit: limit)
    }

    /// What `AlertTelling` needs of these.
    package func deliveries(of alerts: [Alert]) throws(StoreError) -> [AlertDelivery] {
        guard !alerts.isEmpty else { return [] }
        let ids = Set<ExactText>(alerts.map { ExactText($0.id) })
        func own(_ status: AlertDelivery.Status) throws(StoreError) -> [AlertDelivery] {
            try deliveries(status).filter { $0.alert.map { ids.contains(ExactText($0)) } == true }
        }
        let pending = try own(.pending)
        let dead = try own(.dead)
        // An open alert keeps for itself who took a message.
        let isKnown = alerts.allSatisfy { alert in
            alert.resolvedAt == nil && alert.notices.allSatisfy { $0.toldAt != nil }
        }
        if isKnown, dead.isEmpty { return pending }
        return try pending + dead + own(.delivered)
    }

    package func delivery(_ id: String) throws(StoreError) -> AlertDelivery? {
        try one(AlertDelivery.collection, id)
    }

    /// Receivers that want no more, with why.
    package func disabled() throws(StoreError) -> [DisabledReceiver] {
        try decoded(DisabledReceiver.collection, .all)
    }

    package func book(
        _ configuration: AlertConfiguration, namespace: String
    ) throws(StoreError) -> AlertBook {
        AlertBook(
            configuration, namespace: namespace, open: try alerts(in: Alert.open),
            silences: try silences(), disabled: Set<ExactText>(try disabled().map(\.name)))
    }

    private func one<T: ValueDecodable>(
        _ collection: String, _ id: String
    ) throws(StoreError) -> T? {
        let found: [T] = try decoded(collection, .id(id), limit: 1)
        return found.first
    }

    /// What cannot be read is nobody's: an alert is found again in what it is about.
    private func decoded<T: ValueDecodable>(
        _ collection: String, _ selection: RecordQuery.Selection, limit: Int = 2_000
    ) throws(StoreError) -> [T] {
        let query = RecordQuery(collection: collection, selection: selection, limit: limit)
        return try read(query).records.compactMap { try? T(decoding: $0.body) }
    }

    // MARK: Writing

    package func write(_ alert: Alert) throws(StoreError) -> RecordWrite {
        try write(Alert.collection, alert.id, alert.group, alert.encoded)
    }

    package func write(_ delivery: AlertDelivery) throws(StoreError) -> RecordWrite {
        try write(
            AlertDelivery.collection, delivery.id, delivery.status.rawValue, delivery.encoded)
    }

    package func write(_ silence: Silence) throws(StoreError) -> RecordWrite {
        try write(Silence.collection, silence.id, "", silence.encoded)
    }

    package func write(_ receiver: DisabledReceiver) throws(StoreError) -> RecordWrite {
        try write(DisabledReceiver.collection, receiver.name.text, "", receiver.encoded)
    }

    /// nil: it is not there.
    package func removal(_ collection: String, _ id: String) throws(StoreError) -> RecordWrite? {
        let query = RecordQuery(collection: collection, selection: .id(id), limit: 1)
        return try read(query).records.first.map { $0.removal }
    }

    private func write(
        _ collection: String, _ id: String, _ group: String, _ body: Value
    ) throws(StoreError) -> RecordWrite {
        let query = RecordQuery(collection: collection, selection: .id(id), limit: 1)
        return RecordWrite(
            collection: collection, id: id, group: group,
            expectedRevision: try read(query).records.first?.revision ?? 0, body: body)
    }

    /// What is over and older than what is kept, and silences that hold no more.
    package func leftovers(at now: Timestamp) throws(StoreError) -> [RecordWrite] {
        var writes: [RecordWrite] = []
        for status in [AlertDelivery.Status.delivered, .dead] {
            let rows = try rows(AlertDelivery.collection, .group(status.rawValue))
            writes += rows.dropLast(AlertDelivery.kept).map(\.removal)
        }
        let resolved = try rows(Alert.collection, .group(Alert.resolved)).map { row in
            (row, (try? Alert(decoding: row.body))?.resolvedAt ?? .distantPast)
        }
        writes += resolved.sorted { $0.1 < $1.1 }.dropLast(Alert.kept).map(\.0.removal)
        writes += try rows(Silence.collection, .all).filter { row in
            guard let silence = try? Silence(decoding: row.body) else { return true }
            return silence.until + Silence.shown < now
        }.map(\.removal)
        return writes
    }

    private func rows(
        _ collection: String, _ selection: RecordQuery.Selection
    ) throws(StoreError) -> [RecordRow] {
        try read(RecordQuery(collection: collection, selection: selection, limit: 2_000)).records
    }
}

extension RecordRow {
    fileprivate var removal: RecordWrite {
        RecordWrite(
            collection: collection, id: id, group: group, expectedRevision: revision, body: nil)
    }
}
