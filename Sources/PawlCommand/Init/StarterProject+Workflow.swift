extension StarterProject {
    static let workflow = #"""
        workflow: delivery
        version: 1
        description: A parcel is handed to a courier. A late one is looked for, a lost one is given up.

        input:
          type: object
          required: [address, recipient]
          properties:
            address: {type: string, minLength: 1, maxLength: 200}
            recipient: {type: string, minLength: 3, maxLength: 254, description: the mail address of who waits for it}

        context:
          tracking: {type: [string, 'null'], default: null, description: the courier's number}
          signedBy: {type: [string, 'null'], default: null}

        params:                       # pawl.yaml sets other values for all, `pawl start --param` for one
          promised: {type: string, format: duration, default: 4h}
          searched: {type: string, format: duration, default: 20h}
          dispatcher: {type: string, default: dispatcher@NAME.example}

        search: {address: input.address, tracking: context.tracking}
        output: {tracking: '${context.tracking}', signedBy: '${context.signedBy}'}

        events:
          parcel.delivered:
            early: reject
            data: {type: object, properties: {signedBy: {type: string, maxLength: 100}}}

        mails:
          late:
            subject: 'Late: parcel ${instance.key} to ${input.address}'
            text: |
              It was promised within ${params.promised}. The courier calls it ${context.tracking}.
              `pawl why delivery/${instance.key}`
          delivered:
            subject: Your parcel is there
            text: Signed by ${context.signedBy}.

        retries:
          patient: {maximumAttempts: 5, initialInterval: 2s, backoffCoefficient: 2, maximumInterval: 1m}

        initial: booking
        states:
          booking:
            description: A courier is asked to fetch the parcel. Whatever is not caught below opens an incident.
            expect: 1m
            invoke:
              task: courier.book
              input: {parcel: '${instance.key}', address: '${input.address}'}
              retry: patient
              onDone:
                target: underway
                actions: {assign: {tracking: '${event.data.tracking}'}}
              onError:
                - {error: unknown-address, target: refused}

          underway:
            description: The courier has it.
            initial: inTime
            on:
              parcel.delivered:
                target: delivered
                actions:
                  assign: {signedBy: '${has(event.data.signedBy) ? event.data.signedBy : "nobody"}'}
                  notify: {mail: delivered, to: '${input.recipient}'}
            states:
              inTime:
                after:
                  ${params.promised}:
                    target: late
                    actions: {notify: {mail: late, to: '${params.dispatcher}'}}
              late:
                description: The dispatcher was written to, and looks for it.
                after: {'${params.searched}': lost}

          delivered: {type: final}
          refused: {type: final, status: failed, description: There is no such address.}
          lost: {type: final, status: failed}

        """#

    static let late = #"""
        scenario: late
        description: the courier is busy at first; the parcel is late, the dispatcher is written to, and it comes after all
        workflow: delivery
        at: 2030-01-15T09:00:00Z
        key: p-1
        input: {address: 1 Long Lane, recipient: ana@example.com}
        fakes:
          courier.book:
            - {fail: busy, times: 2}
            - {answer: {tracking: c-77}}
        steps:
          - advance: 10s
          - expect: {state: underway.inTime, context: {tracking: c-77}, calls: {courier.book: 3}, mails: 0}
          - advance: 4h
          - expect: {state: underway.late, mails: [{mail: late, to: dispatcher@NAME.example}]}
          - send: {event: parcel.delivered, data: {signedBy: Ana}, as: courier/77}
          - expect:
              status: completed
              output: {tracking: c-77, signedBy: Ana}
              mails: [{mail: late}, {mail: delivered, to: ana@example.com}]

        """#

    static let courier = #"""
        adapter: courier
        description: The courier's API, over HTTP.
        transport: http
        url: {env: COURIER_URL}
        auth: {bearer: {env: COURIER_TOKEN}}
        limits: {concurrency: 8, rate: 50/s, timeout: 10s}
        breaker: {window: 60s, failureRate: 0.5, minimumCalls: 10, openFor: 30s}
        idempotency: {header: Idempotency-Key, keyRetention: 24h}

        operations:
          book:
            description: Asks for a courier. The same key again is a repeat and never a second courier.
            kind: retriable
            input:
              type: object
              required: [parcel, address]
              properties:
                parcel: {type: string, minLength: 1, maxLength: 200}
                address: {type: string, minLength: 1, maxLength: 200}
            request:
              method: POST
              path: /v1/bookings
              body: {parcel: '${input.parcel}', address: '${input.address}'}
            output: {tracking: '${response.body.tracking}'}
            outputSchema: {type: object, required: [tracking], properties: {tracking: {type: string, minLength: 1}}}
            errors:
              - {status: [402], name: account-blocked, retry: never}
              - {status: [404], name: unknown-address, retry: never}
              - {status: [429, 503], name: busy, retry: yes}
            onUnknown: resend

        """#

    static let mail = #"""
        adapter: mail
        description: Sends what `notify` writes.
        transport: smtp
        url: {env: SMTP_URL}
        auth: {basic: {user: {env: SMTP_USER}, password: {env: SMTP_PASSWORD}}}
        tls: required                          # loopback excepted
        limits: {concurrency: 4, rate: 10/s, timeout: 30s}
        breaker: {window: 60s, failureRate: 0.5, minimumCalls: 10, openFor: 30s}
        idempotency: {keyRetention: 7d}        # the Message-ID is made of the key

        operations:
          send:
            description: One mail to one address.
            kind: retriable
            input:
              type: object
              required: [to, subject, text]
              properties:
                to: {type: string, minLength: 3, maxLength: 254}
                subject: {type: string, minLength: 1, maxLength: 300}
                text: {type: string, maxLength: 100000}
                html: {type: [string, 'null'], default: null, maxLength: 200000}
                mail: {type: string, description: the template's name}
            mail:
              from: NAME <no-reply@NAME.example>
              to: '${input.to}'
              subject: '${input.subject}'
              text: '${input.text}'
              html: '${has(input.html) ? input.html : null}'
            outputSchema: {type: object, required: [messageId], properties: {messageId: {type: string, minLength: 1}}}
            onUnknown: resend

        """#

    // MARK: Exchanges

    static let booked = exchange(
        "A courier comes", expect: #"succeeded {"tracking":"c-77"}"#,
        answer: #"""
            HTTP/1.1 201 Created
            Content-Type: application/json

            {"tracking":"c-77","pickUp":"within the hour"}
            """#)

    static let accountBlocked = exchange(
        "A bill was not paid: final", expect: "failed account-blocked final",
        answer: #"""
            HTTP/1.1 402 Payment Required
            Content-Type: application/problem+json

            {"status":402,"detail":"the account is blocked: pay the bill of last month"}
            """#)

    static let unknownAddress = exchange(
        "Nobody lives there: final", expect: "failed unknown-address final",
        answer: #"""
            HTTP/1.1 404 Not Found
            Content-Type: application/problem+json

            {"status":404,"detail":"there is no such address"}
            """#)

    static let busy = exchange(
        "No courier is free: tried again", expect: "failed busy retryable",
        answer: #"""
            HTTP/1.1 503 Service Unavailable
            Content-Type: application/problem+json

            {"status":503,"detail":"every courier is out"}
            """#)

    /// They differ in what is answered.
    private static func exchange(_ title: String, expect: String, answer: String) -> String {
        #"""
        ### \#(title)
        # operation: book
        # key: pawl/delivery/p-1/1
        # input: {"parcel":"p-1","address":"1 Long Lane"}
        # expect: \#(expect)

        POST /v1/bookings HTTP/1.1
        Authorization: Bearer test-token
        Content-Type: application/json
        Idempotency-Key: pawl/delivery/p-1/1

        {"parcel":"p-1","address":"1 Long Lane"}

        \#(answer)

        """#
    }
}
