# A static binary in an image without a shell.
FROM golang:1.26.8 AS build
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
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 CMD ["/truecount", "health"]
ENTRYPOINT ["/truecount"]
CMD ["serve"]
