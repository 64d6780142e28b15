extension StarterProject {
    static let configuration = """
        # Settings of this installation. What a workflow calls `params` can be set here for all of its instances.
        namespace: NAME               # stands in the keys that calls carry: one for each installation
        zone: UTC                     # of calendar durations and schedules that name none

        # params:
        #   delivery: {promised: 2h, dispatcher: you@example.com}

        """

    static let ignored = """
        pawl-data/
        sandbox-data/

        """

    static let readme = #"""
        # NAME

        Parcels that are handed to a courier, run by Pawl.

        ```
        workflows/delivery/workflow.yaml   what happens to a parcel: a call, two timers, two mails
        workflows/delivery/scenarios/      what it is for, as tests on virtual time
        adapters/courier/                  the courier's HTTP API, and exchanges that were recorded of it
        adapters/mail/                     where mails leave
        pawl.yaml                          settings of this installation
        ```

        ## Try it

        ```sh
        pawl check                         # are workflows and adapters right?
        pawl test                          # scenarios and recorded exchanges
        pawl dev                           # serve it on this machine, with a courier and a mail server that are fakes
        ```

        `pawl dev` goes on until Ctrl-C. In another shell:

        ```sh
        pawl start delivery --key p-1 address='1 Long Lane' recipient=ana@example.com
        pawl ls                            # what there is, and why each waits
        pawl why delivery/p-1              # what it waits for, and what would move it
        pawl send delivery/p-1 parcel.delivered signedBy=Ana
        pawl history delivery/p-1          # what happened, in order
        ```

        The console is at <http://127.0.0.1:8087>; the sandbox, with every mail that left, at <http://127.0.0.1:8088>. The courier
        there gives the answers that stand in `adapters/courier/exchanges`.

        ## Break it, and repair it

        Have the courier refuse: the account is blocked. No state catches that, so that a person has to look.

        ```sh
        curl http://127.0.0.1:8088/faults -d '{"adapter": "courier", "operation": "book", "kind": "decline", "count": -1}'
        pawl start delivery --key p-2 address='2 Long Lane' recipient=bo@example.com
        pawl why delivery/p-2              # what was answered, and what you can do
        pawl incidents --group             # how many there are of a cause
        curl -X DELETE http://127.0.0.1:8088/faults
        pawl retry delivery/p-2            # the same call again
        ```

        ## Watch a timer

        A parcel that is promised within ten seconds:

        ```sh
        pawl start delivery --key p-3 address='3 Long Lane' recipient=cy@example.com --param promised=10s
        pawl why delivery/p-3 --watch      # after ten seconds it is late, and the dispatcher has a mail
        ```

        ## Run it for real

        ```sh
        export COURIER_URL=https://… COURIER_TOKEN=… SMTP_URL=smtps://… SMTP_USER=… SMTP_PASSWORD=…
        pawl serve
        ```

        A change of a workflow that has run anywhere gets another `version`: what runs stays on the one that it began with.

        """#
}
