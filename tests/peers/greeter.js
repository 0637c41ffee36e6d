// The stage's service by @grpc/grpc-js, without generated code, and a client of it.
//
//     greeter.js serve PORT
//     greeter.js call ADDRESS PATH     prints the status code, and the reply or the details
'use strict';
const grpc = require('@grpc/grpc-js');

const identity = (bytes) => bytes;
const field = (text) => Buffer.concat([Buffer.from([10, Buffer.byteLength(text)]), Buffer.from(text)]);
const text = (message) => (message.length ? message.subarray(2, 2 + message[1]).toString() : '');
const method = (path) => ({
  path,
  requestStream: false,
  responseStream: false,
  requestSerialize: identity,
  requestDeserialize: identity,
  responseSerialize: identity,
  responseDeserialize: identity,
});

function hello(call, done) {
  const greeting = text(call.request);
  const trailers = new grpc.Metadata();
  trailers.set('served-by', 'grpc-js');
  if (greeting === 'nobody') {
    done({ code: grpc.status.NOT_FOUND, details: 'no „nobody“ here,\n100% sure', metadata: trailers });
  } else {
    done(null, field(`Hello, ${greeting}.`), trailers);
  }
}

const [, , what, where, path] = process.argv;
if (what === 'serve') {
  const server = new grpc.Server();
  server.addService({ hello: method('/hello.HelloService/Hello') }, { hello });
  server.bindAsync(`127.0.0.1:${where}`, grpc.ServerCredentials.createInsecure(), (error) => {
    if (error) throw error;
  });
} else {
  const client = new grpc.Client(where, grpc.credentials.createInsecure());
  const options = { deadline: Date.now() + 10000 };
  client.makeUnaryRequest(path, identity, identity, field('Hello'), options, (error, reply) => {
    if (error) console.log(grpc.status[error.code], error.details);
    else console.log('OK', reply ? text(reply) : reply);
    client.close();
  });
}
