import Guest
import Values

/// `hiring.claimAddress {application, address, instead?} -> {holder}`: whose application is the one under a mail address
/// . The first that asks holds the address, in whatever case it is written; another one gets it `instead` of one that it
/// has found to be over.
struct ClaimAddress: LocalOperation {
    static let collection = "hiring.address"

    func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Value {
        let application = try call.input.text("application")
        let address = try call.input.text("address").folded
        let held = try records.find(Self.collection, id: address)?.body["application"]
        if let holder = held?.stringValue, !sameUTF8(holder, application),
            !sameUTF8(holder, call.input["instead"]?.stringValue)
        {
            return ["holder": .string(holder)]
        }
        records.put(Self.collection, id: address, ["application": .string(application)])
        return ["holder": .string(application)]
    }
}
