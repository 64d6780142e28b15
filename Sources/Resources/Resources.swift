// Resources: what people see and may do, once.
//
// Theory of operation. The engine decides and knows no words; the API, the command line and the console are three ways
// to say the same. What they share is data here: an `ActionDeclaration` says of each verb what it does, what it does not
// do, what it takes and who may; an `ActionRequest` is the one reading of what was sent. Servers carry it out, pages make
// forms of it, and the reference pages are checked against it.
