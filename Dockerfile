# A static binary in an image without a shell.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o /truecount . && mkdir /data

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /truecount /truecount
COPY --from=build --chown=nonroot:nonroot /data /data
WORKDIR /
ENV ADDR=0.0.0.0:8080
VOLUME /data
EXPOSE 8080
ENTRYPOINT ["/truecount"]
CMD ["serve"]
