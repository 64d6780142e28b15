"""W3C SCXML 1.0, appendix D, as it is written there: the second opinion on Sources/Statechart.

The procedures carry the specification's names and follow its pseudocode line by line; nothing is precomputed. Where
Pawl departs from the letter a branch says `self.pawl`: regions are independent, nested parallel states are done
(docs/decisions/0016-regions.md), and an error that no transition takes is the end of the step. What is no business of
appendix D, but must come at the right moment, is noted as an effect: timers of a state, invocations, emissions.
"""


ERROR = "error.execution"


class State:
    def __init__(self, index, kind, parent):
        self.index = index
        self.kind = kind  # compound, parallel, atomic, final, shallow, deep
        self.parent = parent
        self.children = []
        self.initial = []
        self.initial_actions = []
        self.entry = []  # blocks of actions
        self.exit = []
        self.transitions = []
        self.timers = []
        self.invocations = []
        self.output = None
        self.ancestors = [] if parent is None else [parent] + parent.ancestors  # innermost first
        if parent is not None:
            parent.children.append(self)


class Transition:
    def __init__(self, index, source, trigger):
        self.index = index
        self.source = source
        self.trigger = trigger  # (kind, what)
        self.guard = None
        self.targets = []
        self.internal = True
        self.actions = []


class Runaway(Exception):
    """More microsteps than the limit without a wait."""


class Failed(Exception):
    """An expression has no value."""


class StepFailed(Exception):
    """By Pawl's rules an error that nothing in the chart takes is the end of the step."""


def is_compound(state):
    return state.kind == "compound"


def is_parallel(state):
    return state.kind == "parallel"


def is_history(state):
    return state.kind in ("shallow", "deep")


def is_atomic(state):
    return state.kind in ("atomic", "final")


def is_descendant(state, other):
    return other in state.ancestors


def get_child_states(state):
    return [child for child in state.children if not is_history(child)]


def get_proper_ancestors(state, upto):
    """Innermost first, without `upto`; all of them when that is None."""
    result = []
    for ancestor in state.ancestors:
        if ancestor is upto:
            break
        result.append(ancestor)
    return result


def document_order(states):
    return sorted(states, key=lambda state: state.index)


def exit_order(states):
    return sorted(states, key=lambda state: -state.index)


class Interpreter:
    def __init__(self, states, data, semantics, limit):
        self.states = states
        self.pawl = semantics == "pawl"
        self.limit = limit
        self.data = dict(data)
        self.configuration = set()
        self.history_value = {}
        self.running_invocations = set()
        self.final = None
        # Raising an event that no transition names would change nothing, but keep a failing `always` going for ever.
        self.handles_errors = any(
            t.trigger == ("named", ERROR) or t.trigger[0] == "any" and t.trigger[1][:1] in ([], ["error"])
            for state in states for t in state.transitions)
        self.begin()

    # What one macrostep leaves behind.

    def begin(self):
        self.internal_queue = []
        self.unsettled = 0  # errors that no transition has taken so far
        self.has_failed = False
        self.states_to_invoke = set()
        self.event = {"name": "", "data": None}
        self.microsteps = []
        self.effects = []

    def start(self):
        """Enters the initial configuration."""
        self.begin()
        root = self.states[0]
        states_to_enter, for_default_entry, default_history_content = set(), set(), {}
        self.add_descendant_states_to_enter(root, states_to_enter, for_default_entry, default_history_content)
        entered = self.enter(states_to_enter, for_default_entry, default_history_content)
        self.microsteps.append((None, [], [], entered))
        self.macrostep()

    def take(self, event):
        """One external event and all that follows. A macrostep that never ends is taken back whole."""
        self.begin()
        if self.final is not None:
            return
        before = (set(self.configuration), dict(self.history_value), dict(self.data), set(self.running_invocations))
        try:
            self.event = event
            enabled = self.select_transitions(event)
            if enabled:
                self.microstep(enabled, event["name"])
            self.macrostep()
        except (Runaway, StepFailed):
            self.configuration, self.history_value, self.data, self.running_invocations = before
            self.final = None
            raise

    def macrostep(self):
        count = 0
        while self.final is None:
            count += 1
            if count > self.limit:
                raise Runaway()
            name = None
            enabled = self.select_eventless_transitions()
            if not enabled:
                if not self.internal_queue:
                    break
                self.event = self.internal_queue.pop(0)
                name = self.event["name"]
                enabled = self.select_transitions(self.event)
            error = self.event if name == ERROR and self.event.get("is_failure") else None
            if enabled:
                self.microstep(enabled, name)
            if error:
                self.unsettled -= 1
                if not enabled:
                    self.not_taken()
        self.check()
        if self.final is None:
            for state in document_order(self.states_to_invoke):
                for invocation in state.invocations:
                    self.running_invocations.add(invocation)
                    self.effects.append("invoke %d" % invocation)
        else:
            self.exit_interpreter()
        if self.unsettled:
            self.not_taken()

    def exit_interpreter(self):
        exited = exit_order(self.configuration)
        for state in exited:
            self.exit(state)
        self.microsteps.append((None, [], exited, []))

    def check(self):
        """One child of a compound state is active, all of a parallel one's; a chart that is not ill-formed stays so."""
        for state in self.configuration:
            active = [child for child in get_child_states(state) if child in self.configuration]
            expected = {"compound": 1, "parallel": len(get_child_states(state))}.get(state.kind, 0)
            if len(active) != expected:
                raise AssertionError("state %d has %d active children" % (state.index, len(active)))

    # Selecting.

    def select_eventless_transitions(self):
        return self.select(lambda transition: transition.trigger[0] == "always")

    def select_transitions(self, event):
        return self.select(lambda transition: self.name_match(transition.trigger, event))

    def select(self, matches):
        enabled = []
        for state in document_order(filter(is_atomic, self.configuration)):
            transition = self.first_enabled(state, matches)
            if transition is not None and transition not in enabled:
                enabled.append(transition)
        return self.remove_conflicting_transitions(enabled)

    def first_enabled(self, state, matches):
        for source in [state] + get_proper_ancestors(state, None):
            for transition in source.transitions:
                if matches(transition) and self.condition_match(transition):
                    return transition
        return None

    def name_match(self, trigger, event):
        kind, what = trigger
        if kind == "any":
            return event["name"].split(".")[: len(what)] == what
        return kind == event.get("kind", "named") and what == event.get("what", event["name"])

    def condition_match(self, transition):
        return transition.guard is None or self.holds(transition.guard)

    def holds(self, condition):
        """A condition that has no value is false, and an error."""
        try:
            return condition.of(self)
        except Failed:
            self.error()
            return False

    def error(self):
        self.has_failed = True
        if self.handles_errors:
            self.unsettled += 1
            self.internal_queue.append({"name": ERROR, "data": None, "is_failure": True})
        else:
            self.not_taken()

    def not_taken(self):
        if self.pawl:
            raise StepFailed()

    def remove_conflicting_transitions(self, enabled):
        filtered = []
        for t1 in enabled:
            t1_preempted = False
            to_remove = []
            for t2 in filtered:
                if self.compute_exit_set([t1]) & self.compute_exit_set([t2]):
                    if is_descendant(t1.source, t2.source):
                        to_remove.append(t2)
                    else:
                        t1_preempted = True
                        break
            if not t1_preempted:
                filtered = [t for t in filtered if t not in to_remove] + [t1]
        return filtered

    # A microstep.

    def microstep(self, enabled, name):
        exited = self.exit_states(enabled)
        for transition in enabled:
            self.execute(transition.actions)
        entered = self.enter_states(enabled)
        self.microsteps.append((name, enabled, exited, entered))

    def exit_states(self, enabled):
        states_to_exit = exit_order(self.compute_exit_set(enabled))
        for state in states_to_exit:
            for history in state.children:
                if history.kind == "deep":
                    self.history_value[history] = document_order(
                        s for s in self.configuration if is_atomic(s) and is_descendant(s, state))
                elif history.kind == "shallow":
                    self.history_value[history] = document_order(
                        s for s in self.configuration if s.parent is state)
        for state in states_to_exit:
            self.exit(state)
        return states_to_exit

    def exit(self, state):
        self.states_to_invoke.discard(state)
        for block in state.exit:
            self.execute(block)
        for timer in state.timers:
            self.effects.append("cancel %d" % timer)
        for invocation in state.invocations:
            if invocation in self.running_invocations:
                self.running_invocations.remove(invocation)
                self.effects.append("uninvoke %d" % invocation)
        self.configuration.remove(state)

    def compute_exit_set(self, transitions):
        states_to_exit = set()
        for transition in transitions:
            if not transition.targets:
                continue
            for top in self.tops(transition):
                for state in self.configuration:
                    if state is top or is_descendant(state, top):
                        states_to_exit.add(state)
        return states_to_exit

    def tops(self, transition):
        """The states with whose trees the transition makes short work: by the letter every child of its domain."""
        if self.pawl and transition.internal:
            return self.tops_of_independent_regions(transition)
        return self.get_transition_domain(transition).children

    def tops_of_independent_regions(self, transition):
        targets = self.get_effective_target_states(transition.targets)
        for around in [transition.source] + transition.source.ancestors:
            if all(is_descendant(target, around) for target in targets):
                return self.tops_below(around, targets)
        return self.states[0].children

    def tops_below(self, around, targets):
        """Of a parallel state the regions with a target; of a region that is parallel itself its own such regions."""
        if not is_parallel(around):
            return around.children
        result = []
        for region in around.children:
            below = [target for target in targets if is_descendant(target, region)]
            if region in targets or (below and not is_parallel(region)):
                result.append(region)
            elif below:
                result += self.tops_below(region, below)
        return result

    def enter_states(self, enabled):
        states_to_enter, for_default_entry, default_history_content = set(), set(), {}
        for transition in enabled:
            if not transition.targets:
                continue
            for state in transition.targets:
                self.add_descendant_states_to_enter(
                    state, states_to_enter, for_default_entry, default_history_content)
            tops = self.tops(transition)
            for state in self.get_effective_target_states(transition.targets):
                ancestor = next(top.parent for top in tops if state is top or is_descendant(state, top))
                self.add_ancestor_states_to_enter(
                    state, ancestor, states_to_enter, for_default_entry, default_history_content)
        return self.enter(states_to_enter, for_default_entry, default_history_content)

    def enter(self, states_to_enter, for_default_entry, default_history_content):
        ordered = document_order(states_to_enter)
        for state in ordered:
            if state in self.configuration:
                raise AssertionError("state %d is entered twice" % state.index)
            self.configuration.add(state)
            self.states_to_invoke.add(state)
            for block in state.entry:
                self.execute(block)
            if state in for_default_entry:
                self.execute(state.initial_actions)
            if state in default_history_content:
                self.execute(default_history_content[state])
            for timer in state.timers:
                self.effects.append("start %d" % timer)
            if state.kind == "final":
                self.enter_final(state)
        return ordered

    def enter_final(self, state):
        parent = state.parent
        if parent.parent is None:
            self.final = state
            return
        self.raise_done(parent, self.done_data(state))
        grandparent = parent.parent
        while is_parallel(grandparent) and all(map(self.is_in_final_state, get_child_states(grandparent))):
            self.raise_done(grandparent, None)
            if not self.pawl:
                break  # the letter looks one level up only
            grandparent = grandparent.parent

    def done_data(self, state):
        try:
            return state.output.of(self) if state.output else None
        except Failed:
            self.error()
            return None

    def raise_done(self, state, data):
        self.internal_queue.append(
            {"name": "done.state.s%d" % state.index, "kind": "done", "what": state.index, "data": data})

    def is_in_final_state(self, state):
        if is_compound(state):
            return any(s.kind == "final" and s in self.configuration for s in get_child_states(state))
        if is_parallel(state):
            return all(map(self.is_in_final_state, get_child_states(state)))
        return False

    def add_descendant_states_to_enter(self, state, states_to_enter, for_default_entry, default_history_content):
        sets = (states_to_enter, for_default_entry, default_history_content)
        if is_history(state):
            if state in self.history_value:
                targets = self.history_value[state]
            else:
                default_history_content[state.parent] = state.initial_actions
                targets = state.initial
            for target in targets:
                self.add_descendant_states_to_enter(target, *sets)
            for target in targets:
                self.add_ancestor_states_to_enter(target, state.parent, *sets)
            return
        states_to_enter.add(state)
        if is_compound(state):
            for_default_entry.add(state)
            for target in state.initial:
                self.add_descendant_states_to_enter(target, *sets)
            for target in state.initial:
                self.add_ancestor_states_to_enter(target, state, *sets)
        elif is_parallel(state):
            self.add_regions_to_enter(state, *sets)

    def add_ancestor_states_to_enter(
            self, state, ancestor, states_to_enter, for_default_entry, default_history_content):
        for anc in get_proper_ancestors(state, ancestor):
            if anc in self.configuration:
                # A history state that is a target inside of its own parent: the letter would enter again what is
                # active, and default states beside the active ones. Pawl does not, whosever rules are asked for.
                break
            states_to_enter.add(anc)
            if is_parallel(anc):
                self.add_regions_to_enter(anc, states_to_enter, for_default_entry, default_history_content)

    def add_regions_to_enter(self, parallel, states_to_enter, for_default_entry, default_history_content):
        for child in get_child_states(parallel):
            if not any(is_descendant(s, child) for s in states_to_enter):
                self.add_descendant_states_to_enter(
                    child, states_to_enter, for_default_entry, default_history_content)

    # Domains.

    def get_transition_domain(self, transition):
        tstates = self.get_effective_target_states(transition.targets)
        source = transition.source
        if transition.internal and is_compound(source) and all(is_descendant(s, source) for s in tstates):
            return source
        for anc in get_proper_ancestors(source, None):
            if is_compound(anc) and all(is_descendant(s, anc) for s in tstates):
                return anc
        return self.states[0]

    def get_effective_target_states(self, states):
        targets = []
        for state in states:
            if not is_history(state):
                found = [state]
            elif state in self.history_value:
                found = self.history_value[state]
            else:
                found = self.get_effective_target_states(state.initial)
            targets += [s for s in found if s not in targets]
        return targets

    # Executable content.

    def execute(self, actions):
        """An error is the end of the block, not of the other blocks."""
        try:
            self.perform(actions)
        except Failed:
            self.error()

    def perform(self, actions):
        for kind, what, value in actions:
            if kind == "assign":
                self.data[what] = value.of(self)
            elif kind == "raise":
                self.internal_queue.append({"name": what, "data": value.of(self)})
            elif kind == "emit":
                self.effects.append("emit %s %d" % (what, value.of(self)))
            elif kind == "choose":
                for condition, branch in what:
                    if condition is None or self.holds(condition):
                        self.perform(branch)
                        break
