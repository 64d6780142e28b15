"""The partner of the guide. It loses its first answer after it has done its work."""
import http.server
import json
import sys
import urllib.parse

parcels = {}


class Partner(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        order = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if order["to"] == "Atlantis":
            return self.answer(422, {"message": "there is no such address"})
        is_first = not parcels
        parcel = parcels.setdefault(order["reference"], f"p-{len(parcels) + 1}")
        if is_first:
            return self.connection.close()
        self.answer(201, {"id": parcel})

    def do_GET(self):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        parcel = parcels.get(query["reference"][0])
        self.answer(200, {"id": parcel}) if parcel else self.answer(404, {})

    def answer(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *arguments):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Partner).serve_forever()
